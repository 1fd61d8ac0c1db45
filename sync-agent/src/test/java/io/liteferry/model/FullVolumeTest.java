package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Ticks;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.lease.LeaseView;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What must work on a volume that takes nothing more: to hold a lease, to get one, to delete. */
final class FullVolumeTest {
  private static final Duration DURATION = Duration.ofSeconds(15);

  @TempDir(factory = InMemory.class)
  Path directory;

  /** Of what there is no more. */
  enum Lack {
    BYTES {
      @Override
      void begin(ModelServer server) {
        server.fill();
      }
    },
    INODES {
      @Override
      void begin(ModelServer server) {
        server.fillWithNames();
      }
    };

    abstract void begin(ModelServer server);
  }

  /** Time that passes where a test lets it, and a heartbeat that beats where it lets it. */
  private static final class Time extends Ticks {
    private final List<Runnable> beats = new ArrayList<>();

    @Override
    public Runnable every(long nanos, Runnable action) {
      beats.add(action);
      return () -> beats.remove(action);
    }

    void passAndBeat() {
      pass(DURATION.dividedBy(5));
      List.copyOf(beats).forEach(Runnable::run);
    }
  }

  private final ModelServer server = new ModelServer();
  private final Time time = new Time();

  private Lease acquire(ModelFileSystem client) throws IOException, InterruptedException {
    return Lease.acquire(
        client.root().resolve(".liteferry"),
        new LeaseSettings("me", DURATION, Duration.ofMinutes(1)),
        time);
  }

  private long reserved() throws IOException {
    try (var all = Files.list(server.mount("observer").root().resolve(".liteferry"))) {
      return all.filter(path -> path.getFileName().toString().startsWith("reserve-")).count();
    }
  }

  private void beat(int times) {
    for (int i = 0; i < times; i++) {
      time.passAndBeat();
    }
  }

  @ParameterizedTest
  @EnumSource
  void beat_volumeIsFull_theHolderStaysValidForEver(Lack lack) throws Exception {
    var lease = acquire(server.mount("a"));
    beat(1);
    long before = reserved();
    lack.begin(server);
    for (int i = 0; i < 1_000; i++) {
      beat(1);
      assertTrue(lease.isFresh(), "after " + i + " beats");
    }
    assertEquals(before, reserved(), "what is written over needs no room");
    lease.ensureValid();
  }

  @ParameterizedTest
  @EnumSource
  void beat_theFirstOneOnAFullVolume_takesTheReserve(Lack lack) throws Exception {
    acquire(server.mount("a")).refillReserve();
    var lease = acquire(server.mount("b")); // by the same owner
    lack.begin(server);
    beat(1);
    assertTrue(lease.isFresh());
    assertTrue(reserved() > 0);
  }

  @Test
  void beat_writtenOverInPlace_isSeenAsAnotherOne() throws Exception {
    var lease = acquire(server.mount("a"));
    beat(12); // its number has two digits
    server.fill();
    var file = server.mount("observer").root().resolve(".liteferry/epochs/1.beat");
    var seen = new ArrayList<String>();
    for (int i = 0; i < 5; i++) {
      beat(1);
      seen.add(Files.readString(file));
    }
    assertEquals(5, seen.stream().distinct().count(), seen::toString);
    assertTrue(seen.stream().allMatch(text -> text.endsWith("}\n")), seen::toString);
    assertTrue(lease.isFresh());
  }

  @ParameterizedTest
  @EnumSource
  void acquire_afterAKillOnAFullVolume_takesTheReserve(Lack lack) throws Exception {
    var first = server.mount("a");
    acquire(first);
    beat(1);
    assertEquals(8, reserved());
    lack.begin(server);
    first.kill();
    time.beats.clear();
    var second = acquire(server.mount("b"));
    assertEquals(2, second.epoch());
    beat(1);
    assertTrue(second.isFresh());
    second.release(true);
    var holder = new LeaseView(server.mount("observer").root().resolve(".liteferry")).holder();
    assertTrue(holder.orElseThrow().released());
    assertTrue(holder.orElseThrow().flushed());
  }

  /** As of a version that made none. */
  @Test
  void acquire_fullVolumeWithoutReserve_clearsAwayWhatTheDeadOneStaged() throws Exception {
    var first = server.mount("a");
    var lease = acquire(first);
    Files.write(lease.staging().fresh(), new byte[10_000]);
    server.fill();
    assertEquals(0, reserved());
    first.kill();
    assertEquals(2, acquire(server.mount("b")).epoch());
  }

  @Test
  void acquire_fullVolumeWithNothingToGiveUp_failsAndLeavesNothing() throws Exception {
    acquire(server.mount("a"));
    server.fill();
    long before = server.used();
    var thrown = assertThrows(IOException.class, () -> acquire(server.mount("b")));
    assertTrue(VolumeException.isOutOfRoom(thrown), thrown::toString);
    assertEquals(before, server.used());
    try (var staged = Files.list(server.mount("observer").root().resolve(".liteferry/staging"))) {
      assertEquals(1, staged.count());
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepReserve_roomComesBack_makesItAgain(Lack lack) throws Exception {
    var first = server.mount("a");
    acquire(first).refillReserve();
    var fillers = new ArrayList<Path>();
    for (int i = 0; i < 10; i++) {
      fillers.add(Files.write(first.root().resolve("filler" + i), new byte[10_000]));
    }
    lack.begin(server);
    acquire(server.mount("b"));
    beat(2);
    assertTrue(reserved() < 8);
    for (var filler : fillers) {
      Files.delete(filler);
    }
    beat(40);
    assertEquals(8, reserved());
  }
}
