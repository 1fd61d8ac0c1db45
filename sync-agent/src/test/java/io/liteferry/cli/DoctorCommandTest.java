package io.liteferry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class DoctorCommandTest {
  private final CountDownLatch never = new CountDownLatch(1);

  /** Each request to it hangs, as to a hard mount whose server is away. */
  private Path hung() {
    return (Path)
        Proxy.newProxyInstance(
            Path.class.getClassLoader(),
            new Class<?>[] {Path.class},
            (path, method, arguments) -> {
              switch (method.getName()) {
                case "toAbsolutePath", "normalize", "resolve" -> {
                  return path;
                }
                case "toString" -> {
                  return "/mnt/hung";
                }
                default -> {
                  never.await();
                  throw new IllegalStateException(method.getName());
                }
              }
            });
  }

  @Test
  void doctor_volumeHangsFromTheStart_stillLooksAtAllElse(@TempDir Path directory)
      throws Exception {
    var command = new DoctorCommand();
    command.spec = new CommandLine(command).getCommandSpec();
    command.tree.local = Files.createDirectory(directory.resolve("local"));
    Files.writeString(command.tree.local.resolve("f"), "text");
    command.tree.state = directory.resolve("state");
    command.tree.volume = hung();
    command.timeLimit = Duration.ofSeconds(2);
    var output = new ByteArrayOutputStream();
    var real = System.out;
    System.setOut(new PrintStream(output, true, UTF_8));
    try {
      assertEquals(3, command.call());
    } finally {
      System.setOut(real);
      never.countDown();
    }
    var said = output.toString(UTF_8);
    assertTrue(said.contains("the volume gives no answer within 2 s"), said);
    assertTrue(said.contains("has 0 databases, 1 file, "), said);
    assertTrue(said.contains("state     written at "), said);
    assertTrue(said.contains("1 problem, "), said);
  }
}
