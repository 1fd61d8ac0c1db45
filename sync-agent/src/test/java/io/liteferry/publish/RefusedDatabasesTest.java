package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RefusedDatabasesTest {
  private static final Path APP = Path.of("app.db");
  private static final Problem CORRUPT =
      new Problem(Problem.Kind.CHECK_FAILED, "it is corrupt: so");
  private static final Stamp STAMP = new Stamp(8192, 7, 1, 1);
  private static final Stamp WAL = new Stamp(4096, 8, 2, 2);

  private final RefusedDatabases refused = new RefusedDatabases();
  private long now = Long.MAX_VALUE - 1; // the clock may wrap

  private static Inventory.Item item(Stamp stamp, Optional<Stamp> wal) {
    return new Inventory.Item(new Entry(APP, Entry.Kind.FILE, stamp, 0600, 0, 0), true, wal);
  }

  @Test
  void again_nothingChanged_isTheSameProblem() {
    refused.add(APP, STAMP, Optional.of(WAL), CORRUPT, now);
    assertEquals(Optional.of(CORRUPT), refused.recallOrForget(item(STAMP, Optional.of(WAL)), now));
    var chowned = new Stamp(WAL.size(), WAL.inode(), WAL.mtime(), 99);
    assertEquals(
        Optional.of(CORRUPT), refused.recallOrForget(item(STAMP, Optional.of(chowned)), now));
  }

  @Test
  void again_databaseOrWalChanged_isReadAgain() {
    refused.add(APP, STAMP, Optional.empty(), CORRUPT, now);
    assertEquals(Optional.empty(), refused.recallOrForget(item(STAMP, Optional.of(WAL)), now));
    refused.add(APP, STAMP, Optional.empty(), CORRUPT, now);
    var touched = new Stamp(8192, 7, 1, 2);
    assertEquals(Optional.empty(), refused.recallOrForget(item(touched, Optional.empty()), now));
    assertEquals(
        Optional.empty(), refused.recallOrForget(item(STAMP, Optional.empty()), now), "forgotten");
  }

  @Test
  void again_anHourLater_isReadAgain() {
    refused.add(APP, STAMP, Optional.empty(), CORRUPT, now);
    now += Duration.ofMinutes(59).toNanos();
    assertEquals(Optional.of(CORRUPT), refused.recallOrForget(item(STAMP, Optional.empty()), now));
    now += Duration.ofMinutes(2).toNanos();
    assertEquals(Optional.empty(), refused.recallOrForget(item(STAMP, Optional.empty()), now));
  }

  @Test
  void retain_databaseThatIsGone_isForgotten() {
    refused.add(APP, STAMP, Optional.empty(), CORRUPT, now);
    refused.retain(Set.of());
    assertEquals(Optional.empty(), refused.recallOrForget(item(STAMP, Optional.empty()), now));
  }
}
