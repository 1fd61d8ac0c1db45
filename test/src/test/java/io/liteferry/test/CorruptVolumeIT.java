package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.Bank.JournalMode;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A database that was damaged on the volume is found, named, and not handed to an application. */
class CorruptVolumeIT {
  private static final int CORRUPT = 7;
  private static final long BYTES = 2_000_000;
  private static final int PAGE = 4096;

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @BeforeEach
  void publishTwoDatabases() throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    Bank.create(local.resolve("good.db"), JournalMode.WAL, BYTES, 1);
    Bank.create(local.resolve("bad.db"), JournalMode.DELETE, BYTES, 2);
    assertEquals(0, Liteferry.run("restore", local, volume).exitCode());
    assertEquals(0, Liteferry.run("sync", local, volume).exitCode());
    try (var file = new RandomAccessFile(volume.resolve("bad.db").toFile(), "rw")) {
      file.seek(20 * PAGE);
      file.write(new byte[10 * PAGE]);
    }
  }

  @Test
  void verify_corruptDatabase_exitsWith7AndNamesIt() throws Exception {
    var before = TreeListing.everything(volume);
    var verified = Liteferry.run("verify", volume);
    assertEquals(CORRUPT, verified.exitCode(), verified::toString);
    assertTrue(verified.out().contains("corrupt  bad.db"), verified::toString);
    assertTrue(verified.out().contains("ok  good.db"), verified::toString);
    assertEquals(before, TreeListing.everything(volume), "verify changes nothing");
  }

  @Test
  void restore_corruptDatabase_exitsWith7AndTheApplicationDoesNotStart() throws Exception {
    var before = TreeListing.of(volume, TreeListing.Detail.EVERYTHING);
    var fresh = workplace.directory("fresh");
    var restored = Liteferry.run("restore", fresh, volume);
    assertEquals(CORRUPT, restored.exitCode(), restored::toString);
    assertTrue(restored.err().getLast().contains("bad.db"), restored::toString);
    var watched = Liteferry.run("watch", fresh, volume);
    assertEquals(3, watched.exitCode(), () -> "half a restore was published: " + watched);
    assertEquals(before, TreeListing.of(volume, TreeListing.Detail.EVERYTHING));

    // The owner puts a good copy in place; nothing else is to be done.
    Files.copy(
        local.resolve("bad.db"), volume.resolve("bad.db"), StandardCopyOption.REPLACE_EXISTING);
    var again = Liteferry.run("restore", fresh, volume);
    assertEquals(0, again.exitCode(), again::toString);
    assertEquals(
        TreeListing.of(volume, TreeListing.Detail.CONTENT),
        TreeListing.of(fresh, TreeListing.Detail.CONTENT));
  }
}
