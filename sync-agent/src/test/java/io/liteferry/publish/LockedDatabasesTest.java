package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LockedDatabasesTest {
  private static final Duration BUSY = Duration.ofSeconds(5);
  private static final List<Path> MANY =
      IntStream.range(0, 20).mapToObj(i -> Path.of("db" + i)).toList();

  private final LockedDatabases locked = new LockedDatabases(BUSY);
  private long now = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos(); // the clock may wrap

  private void pass(Duration after) {
    now += after.toNanos();
    locked.begin(Set.copyOf(MANY), now);
  }

  @Test
  void grant_manyLocked_isOneBusyTimeoutInAll() {
    pass(Duration.ZERO);
    var sum = Duration.ZERO;
    for (var database : MANY) {
      sum = sum.plus(locked.grant(LockedDatabases.FIRST));
      locked.locked(database, false, now);
    }
    assertEquals(BUSY, sum);
    assertEquals(Duration.ZERO, locked.grant(BUSY));
    pass(Duration.ofSeconds(1));
    assertEquals(BUSY, locked.grant(Duration.ofHours(1)));
  }

  @Test
  void used_lockThatWasFreedAtOnce_leavesTheTimeToTheOthers() {
    pass(Duration.ZERO);
    var granted = locked.grant(LockedDatabases.FIRST);
    locked.used(granted, Duration.ofMillis(100).toNanos());
    assertEquals(BUSY.minusMillis(100), locked.grant(BUSY));
  }

  @Test
  void turn_noneWasLocked_isNobodys() {
    pass(Duration.ZERO);
    assertEquals(Optional.empty(), locked.turn());
    assertFalse(locked.isKnown(MANY.getFirst()));
  }

  @Test
  void turn_manyStayLocked_comesToEachOnceAMinute() {
    pass(Duration.ZERO);
    MANY.forEach(database -> locked.locked(database, false, now));
    var served = new HashSet<Path>();
    int passes = 0;
    int turns = 0;
    while (served.size() < MANY.size() && passes < 10_000) {
      pass(Duration.ofSeconds(2));
      passes++;
      if (locked.turn().isPresent()) {
        turns++;
        served.add(locked.turn().get());
        locked.locked(locked.turn().get(), true, now);
      }
    }
    assertEquals(MANY.size(), served.size(), "one starves");
    assertEquals(MANY.size(), turns, "one had two turns before another had one");
    assertTrue(passes >= (MANY.size() - 1) * 30, "more often than once a minute: " + passes);
  }

  @Test
  void locked_again_tellsForHowLong() {
    pass(Duration.ZERO);
    var database = MANY.getFirst();
    assertEquals(Duration.ZERO, locked.locked(database, true, now));
    pass(Duration.ofSeconds(3));
    assertTrue(locked.isKnown(database));
    assertEquals(Duration.ofSeconds(3), locked.locked(database, false, now));
    locked.free(database);
    assertFalse(locked.isKnown(database));
  }

  @Test
  void begin_databaseThatIsGone_isForgotten() {
    pass(Duration.ZERO);
    locked.locked(MANY.getFirst(), true, now);
    locked.begin(Set.of(), now);
    assertFalse(locked.isKnown(MANY.getFirst()));
    assertEquals(Optional.empty(), locked.turn());
  }
}
