package io.liteferry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.liteferry.fixture.TreeImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands in this process and keeps what they print. */
abstract class InProcess {
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private PrintStream realErrors;
  private PrintStream realOutput;

  @TempDir Path directory;
  Path local;
  Path volume;

  @BeforeEach
  void capture() throws IOException {
    local = Files.createDirectory(directory.resolve("local"));
    volume = Files.createDirectory(directory.resolve("volume"));
    realErrors = System.err;
    realOutput = System.out;
    System.setErr(new PrintStream(errors, true, UTF_8));
    System.setOut(new PrintStream(output, true, UTF_8));
  }

  @AfterEach
  void release() {
    System.setErr(realErrors);
    System.setOut(realOutput);
  }

  /** Returns the exit code. */
  final int run(Map<String, String> environment, Object... arguments) {
    errors.reset();
    output.reset();
    return Main.execute(Arrays.stream(arguments).map(Object::toString).toList(), environment);
  }

  /** As {@link #run(Map, Object...)}, with nothing in the environment. */
  final int run(Object... arguments) {
    return run(Map.of(), arguments);
  }

  /** Runs a command with {@code --dry-run}, after which nothing may have changed. */
  final void dryRun(String command, int code, Object... options) throws Exception {
    var state = directory.resolve("local.liteferry");
    var localBefore = TreeImage.trace(local);
    var volumeBefore = TreeImage.trace(volume);
    boolean hasState = Files.exists(state);
    var stateBefore = hasState ? TreeImage.of(state) : Map.of();
    var arguments = Stream.of(command, "--dry-run", local, volume);
    assertEquals(code, run(Stream.concat(arguments, Stream.of(options)).toArray()), this::said);
    assertEquals(localBefore, TreeImage.trace(local));
    assertEquals(volumeBefore, TreeImage.trace(volume));
    assertEquals(hasState, Files.exists(state));
    assertEquals(stateBefore, hasState ? TreeImage.of(state) : Map.of());
  }

  /** What the last command wrote to standard error. */
  final String said() {
    return errors.toString(UTF_8);
  }

  /** What the last command wrote to standard output. */
  final String printed() {
    return output.toString(UTF_8);
  }
}
