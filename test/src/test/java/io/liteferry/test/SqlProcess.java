package io.liteferry.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/**
 * An application with one connection, as a process of its own, that does what it is told. A line of
 * standard input is a statement; a line of standard output is its first value.
 */
final class SqlProcess implements AutoCloseable {
  private static final String FAILED = "failed: ";

  private final Process process;
  private final BufferedWriter in;
  private final BufferedReader out;

  private SqlProcess(Process process) {
    this.process = process;
    this.in = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), UTF_8));
    this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /**
   * Starts it.
   *
   * @param scratch for the driver's native library
   */
  static SqlProcess open(Path database, Path scratch) throws IOException {
    return new SqlProcess(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-Dorg.sqlite.tmpdir=" + Files.createDirectories(scratch),
                "-classpath",
                System.getProperty("java.class.path"),
                SqlProcess.class.getName(),
                database.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /** Executes statements in turn; returns the first value of the last one, or nothing. */
  String execute(String... statements) throws IOException {
    var answer = "";
    for (var statement : statements) {
      in.write(statement + "\n");
      in.flush();
      answer = out.readLine();
      if (answer == null || answer.startsWith(FAILED)) {
        throw new AssertionError(statement + ": " + answer);
      }
    }
    return answer;
  }

  /** The application ends in order. */
  void end() throws IOException, InterruptedException {
    in.close();
    if (process.waitFor() != 0) {
      throw new AssertionError("ended with " + process.exitValue());
    }
  }

  /** SIGKILL. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  public static void main(String[] arguments) throws Exception {
    var properties = new Properties();
    properties.setProperty("busy_timeout", "20000");
    properties.setProperty("synchronous", "OFF");
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + arguments[0], properties);
        var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        try (var statement = connection.createStatement()) {
          var value = "";
          if (statement.execute(line)) {
            try (var rows = statement.getResultSet()) {
              value = rows.next() ? String.valueOf(rows.getString(1)) : "";
            }
          }
          System.out.println(value);
        } catch (SQLException e) {
          System.out.println(FAILED + e.getMessage());
        }
      }
    }
  }
}
