import java.nio.file.Files;
import java.nio.file.Path;
import org.mustangproject.validator.ZUGFeRDValidator;

/** Mustang: a new validator for each file, as its documentation does. */
public final class MustangCheck implements JavaTrial.Check {
    @Override
    public boolean accepts(Path file) throws Exception {
        ZUGFeRDValidator validator = new ZUGFeRDValidator();
        validator.validate(Files.readAllBytes(file), file.getFileName().toString());
        return validator.wasCompletelyValid();
    }
}
