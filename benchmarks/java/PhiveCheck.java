import com.helger.diver.api.coord.DVRCoordinate;
import com.helger.io.resource.FileSystemResource;
import com.helger.phive.api.execute.ValidationExecutionManager;
import com.helger.phive.api.executorset.ValidationExecutorSetRegistry;
import com.helger.phive.api.validity.IValidityDeterminator;
import com.helger.phive.en16931.EN16931Validation;
import com.helger.phive.xml.source.IValidationSourceXML;
import com.helger.phive.xml.source.ValidationSourceXML;
import java.nio.file.Path;

/** phive: the schemas and the Schematron of EN 16931, each made ready once. */
public final class PhiveCheck implements JavaTrial.Check {
    private final ValidationExecutorSetRegistry<IValidationSourceXML> registry =
        new ValidationExecutorSetRegistry<>();

    public PhiveCheck() {
        EN16931Validation.initEN16931(registry);
    }

    @Override
    public boolean accepts(Path file) {
        DVRCoordinate rules = file.getFileName().toString().startsWith("cii")
            ? EN16931Validation.VID_CII_1316
            : EN16931Validation.VID_UBL_INVOICE_1316;
        return ValidationExecutionManager.executeValidation(
            IValidityDeterminator.createDefault(),
            registry.getOfID(rules),
            ValidationSourceXML.create(new FileSystemResource(file.toFile()))
        ).containsNoError();
    }
}
