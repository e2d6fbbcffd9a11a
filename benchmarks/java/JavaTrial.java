import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One Java tool in a process of its own, asked as benchmarks/trial.py is: a question in JSON on each
 * line of standard input, its answer on standard output. Time is of the processor, of the whole
 * process: its compiler and its collector are part of what Java costs.
 */
public final class JavaTrial {
    /** Says whether a tool accepts a file. */
    public interface Check {
        boolean accepts(Path file) throws Exception;
    }

    private static final Pattern FILE = Pattern.compile("\"file\": \"([^\"]*)\"");
    private static final Pattern TIMES = Pattern.compile("\"times\": ([0-9]+)");

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err); // a tool that prints does not spoil the answers
        Check check = (Check) Class.forName(arguments[0]).getDeclaredConstructor().newInstance();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.println(answer(check, line));
            out.flush();
        }
        System.exit(0); // some tools leave threads behind
    }

    private static String answer(Check check, String question) {
        try {
            Path file = Path.of(found(FILE, question));
            int times = Math.max(1, Integer.parseInt(found(TIMES, question)));
            boolean accepts = true;
            long began = processor();
            for (int n = 0; n < times; n++) {
                accepts &= check.accepts(file);
            }
            double seconds = (processor() - began) / 1e9 / times;
            return "{\"cpu\": " + seconds + ", \"accepts\": " + accepts + ", \"memory\": " + memory() + "}";
        } catch (Exception | LinkageError error) {
            String said = String.valueOf(error).replaceAll("[\"\\\\\\p{Cntrl}]", " ");
            return "{\"no\": \"" + said + "\"}";
        }
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IllegalArgumentException(text);
        }
        return matcher.group(1);
    }

    private static long processor() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime();
    }

    /** Returns the most that the process held, in MB. */
    private static long memory() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        return 0;
    }
}
