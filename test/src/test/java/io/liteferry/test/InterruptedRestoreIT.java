package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.liteferry.test.Bank.JournalMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A restore that was killed is neither taken for complete nor in the way of the next one. */
class InterruptedRestoreIT {
  private static final int DIRECTORIES = 40;
  private static final int FILES_EACH = 75;
  private static final long DATABASE_BYTES = 20_000_000;

  @RegisterExtension final Workplace workplace = new Workplace();

  @Test
  void restore_killedAmongManyFiles_nextStartCompletesIt() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var volume = workplace.directory("volume");
    var local = workplace.directory("local");
    fill(volume, random);
    var expected = TreeListing.of(volume, TreeListing.Detail.CONTENT);

    for (int round = 1; round <= 3; round++) {
      int enough = random.nextInt(DIRECTORIES * FILES_EACH / 2);
      try (var restore = Liteferry.start("restore", local, volume)) {
        Await.until("some restored files", () -> countFiles(local) > enough || !restore.isAlive());
        restore.kill();
        var ended = restore.awaitEnd();
        assertEquals(137, ended.exitCode(), () -> "ended before it was killed: " + ended);
      }
      assertNotEquals(expected, TreeListing.of(local, TreeListing.Detail.CONTENT));
      var watch = Liteferry.run("watch", local, volume);
      assertEquals(3, watch.exitCode(), () -> "half a restore was published: " + watch);
      assertEquals(expected, TreeListing.of(volume, TreeListing.Detail.CONTENT));
    }

    var restored = Liteferry.run("restore", local, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertEquals(expected, TreeListing.of(local, TreeListing.Detail.CONTENT));
    assertEquals(expected, TreeListing.of(volume, TreeListing.Detail.CONTENT));
    var synced = Liteferry.run("sync", local, volume);
    assertEquals(0, synced.exitCode(), synced::toString);
    assertEquals(expected, TreeListing.of(volume, TreeListing.Detail.CONTENT));
  }

  private static void fill(Path volume, Random random) throws Exception {
    for (int d = 0; d < DIRECTORIES; d++) {
      var directory = Files.createDirectories(volume.resolve("tree").resolve("d" + d));
      for (int f = 0; f < FILES_EACH; f++) {
        var content = new byte[random.nextInt(8000)];
        random.nextBytes(content);
        Files.write(directory.resolve("f" + f), content);
      }
      Files.createSymbolicLink(directory.resolve("link"), Path.of("f0"));
    }
    Files.createDirectories(volume.resolve("empty"));
    Bank.create(volume.resolve("app.db"), JournalMode.WAL, DATABASE_BYTES, random.nextLong());
  }

  private static long countFiles(Path tree) throws IOException {
    long count = 0;
    for (int d = 0; d < DIRECTORIES; d++) {
      var directory = tree.resolve("tree").resolve("d" + d);
      if (Files.isDirectory(directory)) {
        try (var files = Files.list(directory)) {
          count += files.count();
        }
      }
    }
    return count;
  }
}
