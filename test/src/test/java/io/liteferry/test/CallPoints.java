package io.liteferry.test;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs the command under {@code test/faults/callpoints.py}, which counts its system calls on files
 * and interferes with chosen ones: a kill before the nth, an error, a delay.
 */
final class CallPoints {
  /** What the process under it ends with after SIGKILL. */
  static final int KILLED = 128 + 9;

  private static final Path SCRIPT = Path.of("faults", "callpoints.py").toAbsolutePath();

  /**
   * A counted call.
   *
   * @param number from 1, over all threads
   * @param what the call's name and paths
   * @param acted whether it was interfered with
   */
  record Call(int number, String what, boolean acted) {
    String name() {
      return what.substring(0, what.indexOf(' '));
    }
  }

  /**
   * What to do to which calls; {@code callpoints.py --help} says what the values mean.
   *
   * @param active the rule counts only while this file exists
   */
  record Rule(String action, String calls, List<Path> under, String when, Optional<Path> active) {
    /** The calls that change or sync something. */
    static final String CHANGES = "changes";

    /** Also those that only look. */
    static final String ANY = "any";

    static Rule at(int number, String action, String calls, List<Path> under) {
      return new Rule(action, calls, under, Integer.toString(number), Optional.empty());
    }

    static Rule always(String action, String calls, List<Path> under) {
      return new Rule(action, calls, under, "1+", Optional.empty());
    }

    Rule whileExists(Path file) {
      return new Rule(action, calls, under, when, Optional.of(file));
    }

    private String json() {
      var json = new JsonObject();
      json.addProperty("action", action);
      json.addProperty("calls", calls);
      var directories = new JsonArray();
      under.forEach(directory -> directories.add(directory.toString()));
      json.add("under", directories);
      json.addProperty("when", when);
      active.ifPresent(file -> json.addProperty("while", file.toString()));
      return json.toString();
    }
  }

  private CallPoints() {}

  /** Starts the command with one rule; the report is a file that {@link #calls} reads. */
  static Liteferry start(Path report, Rule rule, Object... arguments) throws IOException {
    return Liteferry.start(
        Map.of(),
        List.of(
            python(),
            SCRIPT.toString(),
            "--report",
            report.toString(),
            "--rule",
            rule.json(),
            "--"),
        arguments);
  }

  /** What was counted. */
  static List<Call> calls(Path report) throws IOException {
    var calls = new ArrayList<Call>();
    for (var line : Files.readAllLines(report, StandardCharsets.UTF_8)) {
      if (line.startsWith("pid ")) {
        continue;
      }
      var acted = line.endsWith(" !");
      var parts = (acted ? line.substring(0, line.length() - 2) : line).split(" ", 4);
      calls.add(new Call(Integer.parseInt(parts[1]), parts[3], acted));
    }
    return calls;
  }

  /** The call that was interfered with first, if there was one. */
  static Optional<Call> acted(Path report) throws IOException {
    return calls(report).stream().filter(Call::acted).findFirst();
  }

  /** The system's own Python: one of a version manager takes as long to start as the agent. */
  private static String python() {
    return Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";
  }

  /** Fails, and never skips, where calls cannot be interfered with. */
  static void require() throws IOException, InterruptedException {
    var remedy =
        " These tests need Linux on x86-64 or arm64, Python 3.9 or later (apt-get install python3)"
            + " and the permission to trace their own children: in a container, --cap-add"
            + " SYS_PTRACE or a seccomp profile that allows ptrace; outside,"
            + " kernel.yama.ptrace_scope below 3.";
    var report = Files.createTempFile("callpoints", ".txt");
    try {
      var process =
          new ProcessBuilder(
                  python(),
                  SCRIPT.toString(),
                  "--report",
                  report.toString(),
                  "--rule",
                  "{\"action\":\"ENOSPC\",\"calls\":\"changes\",\"under\":[\"/\"]}",
                  "--",
                  "mkdir",
                  report + ".d")
              .redirectErrorStream(true)
              .start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(Liteferry.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          || process.exitValue() != 1
          || Files.exists(Path.of(report + ".d"))) {
        throw new AssertionError("callpoints.py does not work here: " + said.strip() + remedy);
      }
    } catch (IOException e) {
      throw new AssertionError("callpoints.py cannot be started: " + e.getMessage() + remedy, e);
    } finally {
      Files.deleteIfExists(report);
    }
  }
}
