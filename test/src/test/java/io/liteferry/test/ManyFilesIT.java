package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A large tree with the launcher's own share of the memory that the charts give by default. */
@Tag("slow")
class ManyFilesIT {
  private static final int FILES = 200_000;
  private static final int DIRECTORIES = 2_000;

  /** The JVM takes this for the memory that it has, as it would a container's limit. */
  private static final Map<String, String> LIMIT =
      Map.of("JDK_JAVA_OPTIONS", "-XX:MaxRAM=" + (384 << 20));

  private static final Duration PATIENCE = Duration.ofMinutes(30);

  @RegisterExtension final Workplace workplace = new Workplace();

  @Test
  void sync_allOf200000FilesChange_hasEnoughMemory() throws Exception {
    var local = workplace.directory("local");
    var volume = workplace.directory("volume");
    write(local, "first");
    run("sync", local, volume);
    write(local, "second");
    run("sync", local, volume);
    var again = workplace.directory("again");
    run("restore", again, volume);
    assertEquals("second 199999", Files.readString(again.resolve(name(FILES - 1))));
  }

  private static String name(int number) {
    return "d%d/f%d".formatted(number % DIRECTORIES, number);
  }

  private static void write(Path local, String text) throws IOException {
    for (int i = 0; i < FILES; i++) {
      var file = local.resolve(name(i));
      Files.createDirectories(file.getParent());
      Files.writeString(file, text + " " + i);
    }
  }

  private static void run(Object... arguments) throws Exception {
    try (var command = Liteferry.start(LIMIT, List.of(), arguments)) {
      var ended = command.awaitEnd(PATIENCE);
      assertEquals(0, ended.exitCode(), ended::toString);
    }
  }
}
