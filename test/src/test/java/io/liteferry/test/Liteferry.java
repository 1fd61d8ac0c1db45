package io.liteferry.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** The shipped command as a process. Its process id is that of its JVM: the script execs. */
final class Liteferry implements AutoCloseable {
  /** The line after which everything that was in local is on the volume. */
  static final String READY = "ready: the first pass is done";

  /** Far more than anything here takes on a busy machine: only a hang reaches it. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What a command that has ended leaves. */
  record Result(int exitCode, String out, List<String> err) {
    @Override
    public String toString() {
      return "exit code %d, standard output:%n%s%nstandard error:%n%s"
          .formatted(exitCode, out, String.join("\n", err));
    }
  }

  private final Process process;
  private final String command;
  private final Lines out;
  private final Lines err;

  private Liteferry(Process process, String command) {
    this.process = process;
    this.command = command;
    this.out = new Lines(process.getInputStream(), "");
    this.err = new Lines(process.getErrorStream(), "  | ");
  }

  /** The command's file; tells what to do when it is not built. */
  static Path executable() {
    var directory = System.getProperty("liteferry.dist", "../sync-agent/target/liteferry");
    var executable = Path.of(directory).toAbsolutePath().normalize().resolve("bin/liteferry");
    if (!Files.isExecutable(executable)) {
      throw new IllegalStateException(
          executable + " is missing: run ./mvnw package, or set -Dliteferry.dist=DIR");
    }
    return executable;
  }

  static Liteferry start(Object... arguments) throws IOException {
    return start(Map.of(), List.of(), arguments);
  }

  /**
   * Starts it in another environment.
   *
   * @param environment added; variables of ours that the test itself was started with are not
   *     handed on
   * @param prefix a program that runs the command, as {@code setpriv}
   */
  static Liteferry start(Map<String, String> environment, List<String> prefix, Object... arguments)
      throws IOException {
    var line =
        Stream.concat(Stream.concat(prefix.stream(), Stream.of(executable())), Stream.of(arguments))
            .map(Object::toString)
            .toList();
    var builder = new ProcessBuilder(line);
    builder.environment().keySet().removeIf(name -> name.startsWith("LITEFERRY_"));
    // a sweep takes longer than all points are kept by default, and then they would rightly go
    builder.environment().put("LITEFERRY_KEEP_ALL", "168h");
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    return new Liteferry(builder.start(), "liteferry " + List.of(arguments));
  }

  /** For {@link #start(Map, List, Object...)}, as root: the command runs as another user. */
  static List<String> asUser(int user) throws IOException {
    for (var above = executable().getParent(); above != null; above = above.getParent()) {
      if (!Files.getPosixFilePermissions(above).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        throw new IllegalStateException(
            "another user must be able to run what is tested: chmod o+x " + above);
      }
    }
    return List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups");
  }

  /** Starts a command and waits for its end. */
  static Result run(Object... arguments) throws IOException, InterruptedException {
    try (var started = start(arguments)) {
      return started.awaitEnd();
    }
  }

  Result awaitEnd() throws InterruptedException {
    return awaitEnd(PATIENCE);
  }

  /** Waits for the process and for all of its output. */
  Result awaitEnd(Duration patience) throws InterruptedException {
    if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError(command + " did not end within " + patience + "\n" + err);
    }
    out.awaitEnd();
    err.awaitEnd();
    return new Result(process.exitValue(), String.join("\n", out.lines()), err.lines());
  }

  /** Waits for a line on standard error that contains this. */
  String awaitLog(String text) throws InterruptedException {
    return awaitLog(text, 1, PATIENCE);
  }

  /** Waits for the nth line on standard error that contains this. */
  String awaitLog(String text, int n, Duration patience) throws InterruptedException {
    return err.await(text, n, patience, command);
  }

  /** Waits for a line on standard output that contains this. */
  String awaitOutput(String text) throws InterruptedException {
    return out.await(text, 1, PATIENCE, command);
  }

  List<String> log() {
    return err.lines();
  }

  long countLog(String text) {
    return log().stream().filter(line -> line.contains(text)).count();
  }

  /** SIGTERM; not by {@link Process#destroy}, which closes the streams too. */
  void terminate() {
    process.toHandle().destroy();
  }

  /** SIGINT, which Java cannot send by itself. */
  void interrupt() throws IOException, InterruptedException {
    signal("INT");
  }

  /** SIGSTOP: it does nothing until {@link #goOn}, and does not notice. */
  void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** SIGCONT. */
  void goOn() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(pid())).inheritIO().start().waitFor();
  }

  /** SIGKILL. */
  void kill() {
    process.toHandle().destroyForcibly();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    // One that waits for a request to FUSE ends with the file system, which is closed after this.
    process.destroyForcibly().onExit().completeOnTimeout(process, 10, SECONDS).join();
  }

  /** Collects the lines of a stream while the process runs. */
  private static final class Lines {
    private final List<String> lines = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final Thread reader;
    private boolean ended;

    Lines(InputStream stream, String echoPrefix) {
      reader = Thread.ofPlatform().daemon().start(() -> read(stream, echoPrefix));
    }

    private void read(InputStream stream, String echoPrefix) {
      try (var in = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
        for (var line = in.readLine(); line != null; line = in.readLine()) {
          if (!echoPrefix.isEmpty() && Boolean.getBoolean("liteferry.test.echo")) {
            System.out.println(echoPrefix + line);
          }
          add(line);
        }
      } catch (IOException e) {
        if (!"Stream closed".equals(e.getMessage())) {
          throw new UncheckedIOException(e);
        }
      } finally {
        end();
      }
    }

    private void add(String line) {
      lock.lock();
      try {
        lines.add(line);
        more.signalAll();
      } finally {
        lock.unlock();
      }
    }

    private void end() {
      lock.lock();
      try {
        ended = true;
        more.signalAll();
      } finally {
        lock.unlock();
      }
    }

    List<String> lines() {
      lock.lock();
      try {
        return List.copyOf(lines);
      } finally {
        lock.unlock();
      }
    }

    String await(String text, int n, Duration patience, String command)
        throws InterruptedException {
      long left = patience.toNanos();
      lock.lock();
      try {
        while (true) {
          var found = lines.stream().filter(line -> line.contains(text)).skip(n - 1).findFirst();
          if (found.isPresent()) {
            return found.get();
          }
          if (ended || left <= 0) {
            throw new AssertionError(
                "%s %s without having said \"%s\" %d times:%n%s"
                    .formatted(
                        command,
                        ended ? "ended" : "went on for " + patience,
                        text,
                        n,
                        String.join("\n", lines)));
          }
          left = more.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
    }

    void awaitEnd() throws InterruptedException {
      reader.join();
    }

    @Override
    public String toString() {
      return String.join("\n", lines());
    }
  }
}
