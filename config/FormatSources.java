import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * Checks ({@code check}) or mends ({@code apply}) the format of every Java source below the given
 * directories with google-java-format, which must be on the class path.
 *
 * <p>A program of its own, since google-java-format parses with the compiler of the JVM that it
 * runs in: inside Maven, which may run on Java 17, it could not read Java 25.
 */
public final class FormatSources {
  public static void main(String[] args) throws IOException {
    var apply = args[0].equals("apply");
    var arguments = new ArrayList<String>();
    arguments.addAll(apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    var options = arguments.size();
    for (var directory : List.of(args).subList(1, args.length)) {
      if (Files.isDirectory(Path.of(directory))) {
        try (var tree = Files.walk(Path.of(directory))) {
          tree.filter(FormatSources::isSource).map(Path::toString).sorted().forEach(arguments::add);
        }
      }
    }
    if (arguments.size() == options) {
      throw new IllegalStateException("no Java source below " + List.of(args));
    }
    var format = ToolProvider.findFirst("google-java-format").orElseThrow();
    var status = format.run(System.out, System.err, arguments.toArray(String[]::new));
    if (status != 0) {
      System.err.println(
          apply
              ? "The files named above cannot be parsed, so they were not formatted."
              : "The files named above are not as google-java-format makes them."
                  + " To mend them, run: ./mvnw -Pformat");
    }
    System.exit(status);
  }

  private static boolean isSource(Path path) {
    return path.toString().endsWith(".java") && Files.isRegularFile(path);
  }

  private FormatSources() {}
}
