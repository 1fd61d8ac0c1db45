import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.spi.ToolProvider;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Makes the distribution in {@code target/liteferry} and packs it: launcher, Java runtime, jars,
 * the one native library of this platform, start-up cache, manual pages, completion, licences and
 * bill of materials.
 *
 * <p>The build runs it from this directory's module with the JDK whose runtime is to be shipped.
 * Any failure ends the build. The steps are in the order of {@link #main}.
 */
public final class BuildDistribution {
  /**
   * The runtime's own defaults. JDK_JAVA_OPTIONS and the command line come later and override them.
   */
  private static final String RUNTIME_OPTIONS =
      String.join(
          " ",
          "-XX:+UseSerialGC",
          "-Xms4m",
          "-Xmn1m",
          "-Xss256k",
          // of the container's limit, or else the node's memory: the rest, some 70 MB, is no heap
          "-XX:MaxRAMPercentage=70",
          "-XX:MinRAMPercentage=50", // the same below 250 MB
          // else a node of more than 48 GB would make each reference twice as large
          "-XX:+UseCompressedOops",
          // what a large pass took goes back to the node
          "-XX:MinHeapFreeRatio=10",
          "-XX:MaxHeapFreeRatio=20",
          "-XX:-ShrinkHeapInSteps",
          // one compiler instead of two: 2 MB less, and SHA-256 needs the second one
          "-XX:-TieredCompilation",
          // what makes lambdas runs at the start alone, and takes 16 MB to compile
          "-XX:CompileCommand=quiet",
          "-XX:CompileCommand=exclude,jdk/internal/classfile/impl/*.*",
          // what compiler and SQLite took goes back as well, in milliseconds
          "-XX:TrimNativeHeapInterval=5000",
          // writes to /tmp, which may be read-only
          "-XX:-UsePerfData");

  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final Path HOME = TARGET.resolve("liteferry");
  private static final Path LIB = HOME.resolve("lib");
  private static final Path RUNTIME = HOME.resolve("runtime");
  private static final Path CACHE = LIB.resolve("liteferry.aot");

  private final String version;
  private final Instant timestamp;
  private final List<Path> classPath;

  private BuildDistribution(String version, Instant timestamp, List<Path> classPath) {
    this.version = version;
    this.timestamp = timestamp;
    this.classPath = classPath;
  }

  /**
   * Arguments: version, time stamp of all files, the agent's jar in target, "train" or "skip
   * training", the runtime class path.
   */
  public static void main(String[] args) throws Exception {
    var jars = new ArrayList<Path>();
    jars.add(TARGET.resolve(args[2]));
    for (var entry : args[4].split(File.pathSeparator)) {
      if (entry.endsWith(".jar")) {
        jars.add(Path.of(entry));
      }
    }
    var build = new BuildDistribution(args[0], Instant.parse(args[1]), List.copyOf(jars));
    try {
      removeAllButRuntime();
      build.copyLauncherAndDocuments();
      build.copyJars();
      linkRuntime();
      build.stampFiles();
      if (!args[3].equals("skip training")) {
        train();
      }
      build.pack();
    } catch (BuildFailure e) {
      System.err.println("The distribution cannot be built: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void removeAllButRuntime() throws IOException {
    if (Files.isDirectory(HOME)) {
      delete(HOME, path -> !path.startsWith(RUNTIME) && !path.equals(HOME));
    }
    Files.createDirectories(LIB.resolve("native"));
  }

  private void copyLauncherAndDocuments() throws IOException {
    copy(Path.of("src/dist/bin/liteferry"), HOME.resolve("bin/liteferry"));
    copy(Path.of("../LICENSE"), HOME.resolve("LICENSE"));
    copy(TARGET.resolve("notices/THIRD-PARTY.txt"), HOME.resolve("THIRD-PARTY.txt"));
    copy(
        TARGET.resolve("classes/io/liteferry/cli/version.properties"),
        HOME.resolve("version.properties"));
    var bill = TARGET.resolve("liteferry-" + version + ".cdx.json");
    if (Files.exists(bill)) {
      copy(bill, HOME.resolve("liteferry.cdx.json"));
    } else {
      System.out.println("no bill of materials: Maven makes none with --offline");
    }
    copy(
        TARGET.resolve("liteferry.bash"),
        HOME.resolve("share/bash-completion/completions/liteferry"));
    try (var pages = Files.newDirectoryStream(TARGET.resolve("man1"), "*.1")) {
      for (var page : pages) {
        copy(page, HOME.resolve("share/man/man1").resolve(page.getFileName()));
      }
    }
  }

  private void copyJars() throws IOException, BuildFailure {
    var agent = classPath.getFirst();
    copy(agent, LIB.resolve("liteferry.jar"));
    for (var jar : classPath.subList(1, classPath.size())) {
      var target = LIB.resolve(jar.getFileName());
      if (jar.getFileName().toString().startsWith("sqlite-jdbc-")) {
        copySqliteDriver(jar, target);
      } else {
        copy(jar, target);
      }
    }
  }

  /**
   * Copies the driver without its libraries for every platform, and this platform's library beside
   * it.
   */
  private static void copySqliteDriver(Path jar, Path target) throws IOException, BuildFailure {
    var musl = Files.exists(Path.of("/lib/ld-musl-%s.so.1".formatted(machine())));
    var library =
        "org/sqlite/native/%s/%s/libsqlitejdbc.so"
            .formatted(musl ? "Linux-Musl" : "Linux", machine());
    try (var source = new ZipFile(jar.toFile());
        var copy = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(target)))) {
      var entry = source.getEntry(library);
      if (entry == null) {
        throw new BuildFailure(jar + " has no " + library);
      }
      try (var in = source.getInputStream(entry)) {
        Files.copy(in, LIB.resolve("native/libsqlitejdbc.so"));
      }
      for (var e : Collections.list(source.entries())) {
        if (!e.getName().startsWith("org/sqlite/native/")) {
          var packed = new ZipEntry(e.getName());
          packed.setTimeLocal(e.getTimeLocal());
          copy.putNextEntry(packed);
          try (var in = source.getInputStream(e)) {
            in.transferTo(copy);
          }
        }
      }
    }
  }

  /**
   * Links a runtime of the modules that the jars refer to. Takes the last one when it would be the
   * same.
   */
  private static void linkRuntime() throws IOException, BuildFailure {
    var jdeps = new ArrayList<String>();
    jdeps.addAll(List.of("--ignore-missing-deps", "--multi-release=25", "--print-module-deps"));
    try (var jars = Files.newDirectoryStream(LIB, "*.jar")) {
      jars.forEach(jar -> jdeps.add(jar.toString()));
    }
    var modules = tool("jdeps", jdeps).strip();
    var options =
        List.of(
            "--add-modules=" + modules,
            "--output=" + RUNTIME,
            "--add-options=" + RUNTIME_OPTIONS,
            "--compress=zip-6",
            "--vm=server",
            "--strip-java-debug-attributes",
            "--no-header-files",
            "--no-man-pages");
    var stamp = TARGET.resolve("runtime.stamp");
    var made = Runtime.version() + "\n" + System.getProperty("java.home") + "\n" + options;
    if (Files.isDirectory(RUNTIME) && Files.exists(stamp) && Files.readString(stamp).equals(made)) {
      System.out.println("Java runtime: as before");
      return;
    }
    System.out.println("Java runtime: " + Runtime.version() + " with " + modules);
    Files.deleteIfExists(stamp);
    delete(RUNTIME, path -> true);
    tool("jlink", options);
    Files.writeString(stamp, made);
  }

  /**
   * The start-up cache names the jars' sizes and times, so they are as in the archive before it is
   * made.
   */
  private void stampFiles() throws IOException {
    try (var tree = Files.walk(HOME)) {
      for (var path : (Iterable<Path>) tree::iterator) {
        if (!Files.isSymbolicLink(path)) {
          Files.setLastModifiedTime(path, FileTime.from(timestamp));
        }
      }
    }
  }

  /**
   * Lets the agent restore, watch, publish a changed database and stop, and keeps what the JVM
   * learnt as the start-up cache. It is one process because a cache has one: the one whose start
   * delays an application.
   */
  private static void train() throws Exception {
    var work = Files.createTempDirectory("liteferry-training");
    var log = TARGET.resolve("training.log");
    try {
      var local = Files.createDirectory(work.resolve("local"));
      var volume = Files.createDirectory(work.resolve("volume"));
      insertRow(volume.resolve("app.db"));
      Files.writeString(volume.resolve("first.txt"), "first");

      var command = new ArrayList<String>();
      command.add(RUNTIME.resolve("bin/java").toString());
      command.add("-XX:AOTCacheOutput=" + CACHE);
      // it warns of each class that it leaves out, such as picocli's, which are compiled for Java 5
      command.add("-Xlog:aot=error");
      command.add("-Xlog:cds=error");
      command.add("-Dorg.sqlite.lib.path=" + LIB.resolve("native"));
      command.add("-Dorg.sqlite.lib.name=libsqlitejdbc.so");
      command.addAll(List.of("-jar", LIB.resolve("liteferry.jar").toString()));
      command.addAll(List.of("run", local.toString(), volume.toString()));
      command.add("--state=" + work.resolve("state"));
      var agent = process(command).redirectOutput(log.toFile()).start();
      try {
        // a change before the restore has ended would be taken for what was restored
        await(agent, () -> Files.readString(log).contains("ready: "), "restore " + volume);
        var published = Files.readAllBytes(volume.resolve("app.db"));
        insertRow(local.resolve("app.db"));
        Files.writeString(local.resolve("second.txt"), "second");
        await(agent, () -> Files.exists(volume.resolve("second.txt")), "publish a new file");
        await(
            agent,
            () -> !Arrays.equals(published, Files.readAllBytes(volume.resolve("app.db"))),
            "publish a changed database");
        agent.destroy();
        if (!agent.waitFor(2, TimeUnit.MINUTES)) {
          throw new BuildFailure("the training run does not stop on SIGTERM");
        }
      } finally {
        agent.destroyForcibly();
      }
      if (agent.exitValue() != 0 && agent.exitValue() != 128 + 15) {
        throw new BuildFailure("the training run ended with exit code " + agent.exitValue());
      }
      // With this mode a cache that cannot be used is an error.
      var check = process(List.of(HOME.resolve("bin/liteferry").toString(), "--version"));
      check.environment().put("JDK_JAVA_OPTIONS", "-XX:AOTMode=on");
      run(check, Duration.ofMinutes(1));
      System.out.printf("Start-up cache: %,d bytes%n", Files.size(CACHE));
    } catch (BuildFailure e) {
      throw new BuildFailure(
          "%s.%nIt ran: liteferry run LOCAL VOLUME --state=STATE, and said (%s):%n%s%n%s"
              .formatted(
                  e.getMessage(),
                  log,
                  Files.exists(log) ? Files.readString(log) : "",
                  "To build without the start-up cache: -Dliteferry.skipTraining"));
    } finally {
      delete(work, path -> true);
    }
  }

  private static void insertRow(Path database) throws SQLException {
    System.setProperty("org.sqlite.lib.path", LIB.resolve("native").toString());
    System.setProperty("org.sqlite.lib.name", "libsqlitejdbc.so");
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("CREATE TABLE IF NOT EXISTS note (text TEXT)");
      statement.execute("INSERT INTO note VALUES ('training')");
    }
  }

  private static void await(Process agent, Callable<Boolean> condition, String deed)
      throws Exception {
    var end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (!condition.call()) {
      if (!agent.isAlive()) {
        throw new BuildFailure("the training run ended before it could " + deed);
      }
      if (System.nanoTime() - end > 0) {
        throw new BuildFailure("the training run did not " + deed + " within a minute");
      }
      Thread.sleep(Duration.ofMillis(20));
    }
  }

  private void pack() throws IOException, InterruptedException, BuildFailure {
    var name = "liteferry-%s-linux-%s.tar.gz".formatted(version, architecture());
    var tar =
        new ProcessBuilder(
            "tar",
            "--create",
            "--file=" + TARGET.resolve(name),
            "--use-compress-program=gzip --no-name",
            "--directory=" + TARGET,
            "--sort=name",
            "--mtime=@" + timestamp.getEpochSecond(),
            "--owner=0",
            "--group=0",
            "--numeric-owner",
            "--mode=u=rwX,go=rX",
            "--transform=s,^liteferry,liteferry-" + version + ",S",
            "liteferry");
    run(tar.redirectErrorStream(true), Duration.ofMinutes(5));
    System.out.println("Distribution: " + HOME + " and " + name);
  }

  private static String architecture() throws BuildFailure {
    var name = System.getProperty("os.arch");
    return switch (name) {
      case "amd64", "x86_64" -> "x64";
      case "aarch64" -> "aarch64";
      default -> throw new BuildFailure("there is no distribution for " + name + " yet");
    };
  }

  /** This machine as Linux and SQLite's driver name it. */
  private static String machine() throws BuildFailure {
    return architecture().equals("x64") ? "x86_64" : architecture();
  }

  /** The caller's variables must not leak into what is built. */
  private static ProcessBuilder process(List<String> command) {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    var environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("LITEFERRY_") || name.contains("JAVA"));
    environment.put("LC_ALL", "C.UTF-8");
    return builder;
  }

  private static void run(ProcessBuilder builder, Duration limit)
      throws IOException, InterruptedException, BuildFailure {
    var output = Files.createTempFile("liteferry-build", ".log");
    try {
      var process = builder.redirectOutput(output.toFile()).start();
      if (!process.waitFor(limit)) {
        process.destroyForcibly();
        throw new BuildFailure(builder.command() + " took longer than " + limit);
      }
      if (process.exitValue() != 0) {
        throw new BuildFailure(
            "%s ended with exit code %d:%n%s"
                .formatted(builder.command(), process.exitValue(), Files.readString(output)));
      }
    } finally {
      Files.delete(output);
    }
  }

  /** Runs a tool of this JDK and returns what it prints. */
  private static String tool(String name, List<String> arguments) throws BuildFailure {
    var output = new StringWriter();
    var writer = new PrintWriter(output);
    var tool =
        ToolProvider.findFirst(name).orElseThrow(() -> new BuildFailure("this JDK has no " + name));
    if (tool.run(writer, writer, arguments.toArray(String[]::new)) != 0) {
      throw new BuildFailure("%s %s:%n%s".formatted(name, arguments, output));
    }
    return output.toString();
  }

  private static void copy(Path source, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    Files.copy(source, target, StandardCopyOption.COPY_ATTRIBUTES);
  }

  /** Deletes what the filter accepts below and including the directory, if there is one. */
  private static void delete(Path directory, Predicate<Path> filter) throws IOException {
    if (Files.exists(directory)) {
      List<Path> paths;
      try (var tree = Files.walk(directory)) {
        paths = tree.filter(filter).sorted(Comparator.reverseOrder()).toList();
      }
      for (var path : paths) {
        Files.delete(path);
      }
    }
  }

  /** Something that whoever builds can understand without a stack trace. */
  private static final class BuildFailure extends Exception {
    private static final long serialVersionUID = 1;

    BuildFailure(String message) {
      super(message);
    }
  }
}
