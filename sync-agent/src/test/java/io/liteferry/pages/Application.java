package io.liteferry.pages;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An application with one connection to a database, in a process of its own: in ours, whoever
 * closes a file of the database takes its locks away.
 */
final class Application implements AutoCloseable {
  private static final Path SHELL = Path.of("/usr/bin/sqlite3");
  private static final String END = ".end-of-answer";

  private static final String PYTHON =
      """
      import sqlite3, sys, os
      c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
      sqlite3.Blob
      for line in sys.stdin:
          try:
              if line.startswith('.blob'):
                  with c.blobopen('t', 'b', int(line.split()[1])) as b:
                      at = int.from_bytes(os.urandom(4)) % max(1, len(b) - 9)
                      b.seek(at)
                      b.write(os.urandom(min(9, len(b) - at)))
              elif line.startswith('.'):
                  print(line.strip(), flush=True)
              else:
                  c.execute(line).fetchall()
          except Exception as e:
              print('Error:', e, flush=True)
      """;

  private final Process process;
  private final OutputStream in;
  private final BufferedReader out;

  private Application(Process process) {
    this.process = process;
    in = process.getOutputStream();
    out = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Whether the system has SQLite's own shell, another version than the one we bring. */
  static boolean hasShell() {
    return Files.isExecutable(SHELL);
  }

  /** The version of SQLite that we bring. */
  static Application bundled(Path database) throws IOException {
    return start(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            SqlShell.class.getName(),
            database.toString()));
  }

  /** The system's SQLite if it has one, as it starts a hundred times faster. */
  static Application fast(Path database) throws IOException {
    return hasShell()
        ? start(List.of(SHELL.toString(), "-batch", database.toString()))
        : bundled(database);
  }

  /**
   * Whether there is a Python that writes into a blob in place, as {@link #blobs} does. Python's
   * SQLite is another one again.
   */
  static boolean hasBlobs(Path database) {
    try (var python = blobs(database)) {
      return python.run("select 1").isEmpty();
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** One that knows the line {@code .blob id}, which writes into the blob of a row of t. */
  static Application blobs(Path database) throws IOException {
    return start(List.of("python3", "-c", PYTHON, database.toString()));
  }

  private static Application start(List<String> command) throws IOException {
    return new Application(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /**
   * Runs statements, each of which may fail.
   *
   * @return what went wrong
   */
  List<String> run(String... statements) {
    send(statements);
    return answer();
  }

  /** Runs statements that succeed. */
  void must(String... statements) {
    var errors = run(statements);
    errors.removeIf(line -> !line.contains("rror"));
    if (!errors.isEmpty()) {
      throw new AssertionError(errors.toString());
    }
  }

  /** Sends statements and does not wait for them. */
  void send(String... statements) {
    var text = new StringBuilder();
    for (var statement : statements) {
      text.append(statement).append(statement.startsWith(".") ? "\n" : ";\n");
    }
    try {
      in.write(text.append(END).append('\n').toString().getBytes(StandardCharsets.UTF_8));
      in.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for what was sent. */
  List<String> answer() {
    var lines = new ArrayList<String>();
    try {
      for (var line = out.readLine(); line != null; line = out.readLine()) {
        if (line.contains(
            END.substring(1))) { // of the shell, an error: only these are not held back
          return lines;
        }
        lines.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  /** As SIGKILL. */
  void kill() {
    process.destroyForcibly();
    await();
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await();
  }

  private void await() {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
