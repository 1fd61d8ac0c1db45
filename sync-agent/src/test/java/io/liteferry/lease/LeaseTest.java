package io.liteferry.lease;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.durable.UnknownFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lease of a volume, by a time that passes only where a test lets it. */
class LeaseTest {
  private static final Duration DURATION = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration FAR_LONGER = Duration.ofHours(3);

  @TempDir Path directory;

  private Path volume;
  private Path own;
  private Path epochs;
  private Path staging;

  @BeforeEach
  void nameDirectories() throws IOException {
    volume = Files.createDirectory(directory.resolve("volume"));
    own = volume.resolve(".liteferry");
    epochs = own.resolve("epochs");
    staging = own.resolve("staging");
  }

  /** What may happen to an agent where it asks for the time or lets it pass. */
  private interface Event {
    void happen() throws IOException, InterruptedException;
  }

  /** One agent's clock and heartbeat. */
  private static final class Time implements LeaseClock {
    /** Close to where it wraps around, as it may. */
    private static final long START = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(2);

    private long now = START;
    private long asked;
    private Consumer<Long> afterAsked = n -> {};
    private Event whileAsleep = () -> {};
    private Event atFirstHeartbeat = () -> {};
    private final List<Runnable> beats = new ArrayList<>();
    private final List<Long> periods = new ArrayList<>();

    @Override
    public long nanos() {
      long answer = now;
      afterAsked.accept(++asked);
      return answer;
    }

    @Override
    public void sleep(long nanos) throws InterruptedException {
      assertTrue(nanos > 0, "a sleep of " + nanos);
      now += nanos;
      happen(whileAsleep);
    }

    @Override
    public Runnable every(long nanos, Runnable action) {
      periods.add(nanos);
      beats.add(action);
      var event = atFirstHeartbeat;
      atFirstHeartbeat = () -> {};
      try {
        happen(event);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return () -> beats.remove(action);
    }

    private static void happen(Event event) throws InterruptedException {
      try {
        event.happen();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    void pass(Duration duration) {
      now += duration.toNanos();
    }

    Duration passed() {
      return Duration.ofNanos(now - START);
    }

    void beat() {
      List.copyOf(beats).forEach(Runnable::run);
    }
  }

  private static LeaseSettings settings(String owner) {
    return new LeaseSettings(owner, DURATION, PATIENCE);
  }

  private Lease acquire(String owner, Time time) throws IOException, InterruptedException {
    return Lease.acquire(own, settings(owner), time);
  }

  private Lease acquire(String owner) throws IOException, InterruptedException {
    return acquire(owner, new Time());
  }

  /** Another agent that takes over because the last one was silent. */
  private Lease succeed(String owner) throws IOException, InterruptedException {
    return acquire(owner);
  }

  private static Set<String> names(Path of) throws IOException {
    var names = new TreeSet<String>();
    try (var content = Files.newDirectoryStream(of)) {
      content.forEach(path -> names.add(path.getFileName().toString()));
    }
    return names;
  }

  /** Everything on the volume by name, with the content of files. */
  private Map<String, String> everything() throws IOException {
    var image = new TreeMap<String, String>();
    try (var all = Files.walk(volume)) {
      for (var path : all.toList()) {
        image.put(
            volume.relativize(path).toString(),
            Files.isDirectory(path) ? "directory" : Files.readString(path));
      }
    }
    return image;
  }

  private static Path stage(Lease lease, String text) throws IOException {
    var staged = lease.staging().fresh();
    Durable.write(staged, text.getBytes(UTF_8));
    return staged;
  }

  /** The last sign of life is a file, and it was heard of when that was written. */
  private void assertHolder(long epoch, String owner, boolean released, Path sign)
      throws IOException {
    var heard = Files.getLastModifiedTime(sign).toInstant();
    assertEquals(
        Optional.of(
            new LeaseView.Holder(epoch, owner, released, false, DURATION, Optional.of(heard))),
        new LeaseView(own).holder());
  }

  @Test
  void acquire_nobodyBefore_claimsTheFirstEpochAtOnce() throws Exception {
    assertEquals(Optional.empty(), new LeaseView(own).holder());
    var time = new Time();
    var lease = acquire("a", time);
    assertEquals(1, lease.epoch());
    assertEquals(Duration.ZERO, time.passed());
    assertEquals(new TreeSet<>(List.of("1")), names(epochs));
    assertHolder(1, "a", false, epochs.resolve("1"));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(lease.staging().directory())));
    assertEquals(List.of(DURATION.toNanos() / 5), time.periods);
  }

  @Test
  void isFresh_untilTheDurationHasPassedWithoutAHeartbeat() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    time.pass(DURATION);
    assertTrue(lease.isFresh());
    time.pass(Duration.ofNanos(1));
    assertFalse(lease.isFresh());
    time.beat();
    assertTrue(lease.isFresh());
    assertFalse(lease.isFenced());
    succeed("b");
    time.beat();
    assertFalse(lease.isFresh());
    assertTrue(lease.isFenced());
  }

  @Test
  void acquire_leaseWasReleased_takesItAtOnce() throws Exception {
    var first = acquire("a");
    var directory = first.staging().directory();
    first.release();
    assertFalse(Files.exists(directory));
    assertHolder(1, "a", true, epochs.resolve("1.beat"));
    var time = new Time();
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(Duration.ZERO, time.passed());
    assertTrue(Files.isRegularFile(directory), "it cannot be made again");
  }

  @Test
  void acquire_sameOwner_takesItAtOnce() throws Exception {
    var first = acquire("a");
    first.close();
    var time = new Time();
    assertEquals(2, acquire("a", time).epoch());
    assertEquals(Duration.ZERO, time.passed());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 10, 15, 59})
  void acquire_holderIsSilent_takesItAfterExactlyTheDurationThatItsClaimNames(int seconds)
      throws Exception {
    var duration = Duration.ofSeconds(seconds);
    Lease.acquire(own, new LeaseSettings("a", duration, PATIENCE), new Time());
    var time = new Time();
    time.whileAsleep =
        () -> assertEquals(new TreeSet<>(List.of("1")), names(epochs), "nothing happens before");
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(duration, time.passed());
  }

  @Test
  void acquire_holderBeatsNowAndThen_waitsFromTheLastBeatOn() throws Exception {
    var holder = acquire("a");
    var time = new Time();
    var asleep = new AtomicInteger();
    time.whileAsleep =
        () -> {
          if (asleep.incrementAndGet() == 7 || asleep.get() == 14) {
            holder.beat();
          }
        };
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(Duration.ofSeconds(14).plus(DURATION), time.passed());
  }

  /** As SIGSTOP does: for the waiter hours pass in a moment, and the holder was alive. */
  @Test
  void acquire_waiterWasStoppedBetweenTwoLooks_doesNotTakeThatForSilence() throws Exception {
    var holder = acquire("a");
    var time = new Time();
    var asleep = new AtomicInteger();
    time.whileAsleep =
        () -> {
          if (asleep.incrementAndGet() == 3) {
            time.pass(FAR_LONGER);
            holder.beat();
          }
        };
    var patient = new LeaseSettings("b", DURATION, FAR_LONGER.plus(PATIENCE));
    assertEquals(2, Lease.acquire(own, patient, time).epoch());
    assertEquals(FAR_LONGER.plusSeconds(3).plus(DURATION), time.passed());
  }

  @Test
  void acquire_clockJumpsWhileTheHolderIsSilent_takesItAtTheNextLook() throws Exception {
    acquire("a");
    var time = new Time();
    var asleep = new AtomicInteger();
    time.whileAsleep =
        () -> {
          if (asleep.incrementAndGet() == 3) {
            time.pass(FAR_LONGER);
          }
        };
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(FAR_LONGER.plusSeconds(3), time.passed());
  }

  /** What the first look saw may be as old as its beginning, but is known only at its end. */
  @Test
  void acquire_firstLookWasSlow_countsFromItsEnd() throws Exception {
    acquire("a");
    var time = new Time();
    time.afterAsked =
        n -> {
          if (n == 2) { // patience began at the first, the look at the second
            time.pass(Duration.ofSeconds(30));
          }
        };
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(Duration.ofSeconds(30).plus(DURATION), time.passed());
  }

  /** The time that a look takes is no silence: what it saw may be as old as its beginning. */
  @Test
  void acquire_laterLookIsSlow_countsOnlyToItsBeginning() throws Exception {
    var holder = acquire("a");
    var time = new Time();
    var asleep = new AtomicInteger();
    long[] slow = {-1};
    time.whileAsleep =
        () -> {
          if (asleep.incrementAndGet() == 4) {
            slow[0] = time.asked + 1;
          } else if (asleep.get() == 5) {
            assertEquals(new TreeSet<>(List.of("1")), names(epochs));
            holder.beat(); // arrived after the slow look, and is seen by the next one
          }
        };
    time.afterAsked =
        n -> {
          if (n == slow[0]) {
            time.pass(Duration.ofSeconds(30));
          }
        };
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(Duration.ofSeconds(35).plus(DURATION), time.passed());
  }

  @Test
  void acquire_holderStaysAlive_givesUpWhenPatienceRunsOutAndChangesNothing() throws Exception {
    var holder = acquire("a");
    holder.beat();
    var before = everything();
    before.keySet().removeIf(name -> name.endsWith(".beat"));
    var time = new Time();
    time.whileAsleep = holder::beat;
    var e = assertThrows(LeaseHeldException.class, () -> acquire("b", time));
    assertTrue(e.getMessage().contains("in use by a,"), e::getMessage);
    assertTrue(e.getMessage().contains("--lease-wait"), e::getMessage);
    assertEquals(PATIENCE, time.passed());
    var after = everything();
    after.keySet().removeIf(name -> name.endsWith(".beat"));
    assertEquals(before, after);
    holder.ensureValid();
  }

  @Test
  void acquire_noPatience_looksOnce() throws Exception {
    acquire("a");
    var time = new Time();
    var impatient = new LeaseSettings("b", DURATION, Duration.ZERO);
    assertThrows(LeaseHeldException.class, () -> Lease.acquire(own, impatient, time));
    assertEquals(Duration.ZERO, time.passed());
    assertEquals(new TreeSet<>(List.of("1")), names(epochs));
  }

  @Test
  void acquire_interruptedWhileWaiting_changesNothing() throws Exception {
    acquire("a");
    var before = everything();
    var time = new Time();
    time.whileAsleep =
        () -> {
          throw new InterruptedException();
        };
    assertThrows(InterruptedException.class, () -> acquire("b", time));
    assertEquals(before, everything());
    assertEquals(List.of(), time.beats);
  }

  @Test
  void acquire_anotherWaiterIsFaster_waitsForThatOne() throws Exception {
    acquire("a");
    var time = new Time();
    var asleep = new AtomicInteger();
    time.whileAsleep =
        () -> {
          if (asleep.incrementAndGet() == 9) {
            succeed("c");
          }
        };
    assertEquals(3, acquire("b", time).epoch());
    assertEquals(Duration.ofSeconds(9).plus(DURATION), time.passed());
  }

  /** Stopped between its claim and the fence, for so long that somebody takes over. */
  @Test
  void acquire_takenOverBeforeItsFence_beginsAgainAndWaits() throws Exception {
    var time = new Time();
    var other = new ArrayList<Lease>();
    time.atFirstHeartbeat = () -> other.add(succeed("b"));
    time.whileAsleep = time::beat;
    var lease = acquire("a", time);
    assertEquals(3, lease.epoch());
    assertEquals(DURATION, time.passed());
    assertEquals(1, time.beats.size(), "of the first claim nothing beats any more");
    lease.throwIfFenced();
    assertThrows(FencedException.class, () -> other.getFirst().renew());
  }

  /** The same, and the one who was taken over does not harm the other more than by an error. */
  @Test
  void renew_stagingClearedByOneWhoWasLate_goesOn() throws Exception {
    var time = new Time();
    var other = new ArrayList<Lease>();
    time.atFirstHeartbeat = () -> other.add(succeed("b"));
    time.whileAsleep =
        () -> {
          if (!Files.isDirectory(other.getFirst().staging().directory())) {
            other.getFirst().renew(); // as after any error
          }
          other.getFirst().beat();
        };
    assertThrows(LeaseHeldException.class, () -> acquire("a", time));
    var staged = stage(other.getFirst(), "of b");
    other.getFirst().staging().publish(staged, volume.resolve("file"));
    assertEquals("of b", Files.readString(volume.resolve("file")));
  }

  @Test
  void claim_stagingClearedAsDebris_isNobodysAndNoError() throws Exception {
    Files.createDirectories(staging);
    Files.createDirectories(epochs);
    var candidate = Staging.make(staging, new Reserve(own));
    var claim = new Claim("b", candidate.name(), DURATION, false);
    var file = candidate.fresh();
    Durable.write(file, claim.bytes());
    acquire("a"); // clears what no claim names
    assertFalse(Files.exists(candidate.directory()));
    assertFalse(new Epochs(epochs).claim(2, claim, file));
    assertEquals(new TreeSet<>(List.of("1")), names(epochs));
  }

  /** The reply to a link was lost, and its repetition finds the name taken. */
  @Test
  void claim_linkedAlreadyByThisVeryClaim_isOurs() throws Exception {
    Files.createDirectories(staging);
    Files.createDirectories(epochs);
    var candidate = Staging.make(staging, new Reserve(own));
    var claim = new Claim("b", candidate.name(), DURATION, false);
    var file = candidate.fresh();
    Durable.write(file, claim.bytes());
    assertTrue(new Epochs(epochs).claim(1, claim, file));
    assertTrue(new Epochs(epochs).claim(1, claim, file));
    var late = new Claim("b", "another-directory", DURATION, false);
    var another = candidate.fresh();
    Durable.write(another, late.bytes());
    assertFalse(new Epochs(epochs).claim(1, late, another), "the owner's name is not enough");
  }

  @Test
  void renew_afterAnError_hasTheNextEpochAndAnotherStaging() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    var old = lease.staging();
    var staged = stage(lease, "of the first epoch");
    lease.renew();
    assertEquals(2, lease.epoch());
    assertEquals(Duration.ZERO, time.passed());
    assertTrue(Files.isRegularFile(old.directory()));
    assertThrows(IOException.class, () -> old.publish(staged, volume.resolve("late")));
    assertFalse(Files.exists(volume.resolve("late")));
    lease.staging().publish(stage(lease, "of the second"), volume.resolve("file"));
    assertEquals("of the second", Files.readString(volume.resolve("file")));
    assertEquals(1, time.beats.size(), "one heartbeat");
    time.beat();
    assertEquals(new TreeSet<>(List.of("1", "2", "2.beat")), names(epochs));
  }

  /** A volume can be exchanged under an agent, and another agent be at work on the new one. */
  @Test
  void renew_anotherVolumeInTheSamePlace_leavesItsHolderAlone() throws Exception {
    var lease = acquire("agent", new Time());
    lease.renew();
    Files.move(volume, directory.resolve("away"));
    Files.createDirectory(volume);
    var other = acquire("other", new Time());
    var e = assertThrows(IOException.class, lease::renew);
    assertFalse(e instanceof FencedException, e::toString);
    assertTrue(e.getMessage().contains("is another volume mounted?"), e::getMessage);
    assertEquals(List.of(1L), List.copyOf(new Epochs(epochs).claimed()));
    other.confirm();
    assertTrue(Files.exists(stage(other, "still mine")));
  }

  @Test
  void renew_anotherHasClaimed_isFencedForGood() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    var told = new AtomicInteger();
    lease.onFenced(told::incrementAndGet);
    var other = succeed("b");
    var e = assertThrows(FencedException.class, lease::renew);
    assertTrue(
        e.getMessage().matches("b has taken over the volume .*, with epoch 2"), e::getMessage);
    assertSame(e, assertThrows(FencedException.class, lease::renew));
    assertSame(e, assertThrows(FencedException.class, lease::ensureValid));
    assertSame(e, assertThrows(FencedException.class, lease::throwIfFenced));
    assertEquals(1, told.get());
    assertEquals(List.of(), time.beats, "a fenced agent does not beat");
    var before = everything();
    lease.release();
    assertEquals(before, everything());
    other.ensureValid();
  }

  @Test
  void acquire_claimDamaged_waitsForTheUsualTimeAndFences() throws Exception {
    var holderTime = new Time();
    var holder = acquire("a", holderTime);
    Files.writeString(epochs.resolve("1"), "{\"format\": 1, \"ow");
    assertEquals(
        "an agent whose claim is damaged", new LeaseView(own).holder().orElseThrow().owner());
    var time = new Time();
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(Duration.ofSeconds(15), time.passed());
    assertFalse(Files.isDirectory(holder.staging().directory()));
    assertThrows(
        IOException.class,
        () -> holder.staging().publish(stage(holder, "late"), volume.resolve("late")));
    holderTime.pass(FAR_LONGER);
    assertThrows(FencedException.class, holder::ensureValid);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"format\": 1, \"owner\": \"a\", \"staging\": \"../..\", \"leaseMillis\": 10000}",
        "{\"format\": 1, \"owner\": \"a\", \"staging\": \"\", \"leaseMillis\": 10000}",
        "{\"format\": 1, \"owner\": \"a\", \"staging\": \".\", \"leaseMillis\": 10000}",
        "{\"format\": 1, \"owner\": [], \"staging\": \"x\", \"leaseMillis\": 10000}",
        "{\"format\": 1, \"owner\": \"a\", \"staging\": \"x\", \"leaseMillis\": \"long\"}",
        "{\"format\": 1, \"owner\": \"a\", \"staging\": \"x\", \"leaseMillis\": -1}",
        "{\"format\": 1, \"owner\": \"a\", \"staging\": \"x\", \"leaseMillis\": 0}",
        "{\"format\": 1, \"owner\": \"a\", \"staging\": \"x\", \"leaseMillis\":"
            + " 9223372036854775807}"
      })
  void acquire_claimIsNonsense_countsAsDamaged(String text) throws Exception {
    Files.createDirectories(epochs);
    Files.writeString(epochs.resolve("1"), text);
    var time = new Time();
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(Duration.ofSeconds(15), time.passed());
  }

  @Test
  void acquire_beatDamaged_isSilence() throws Exception {
    var holder = acquire("a");
    holder.beat();
    Files.writeString(epochs.resolve("1.beat"), "{\"format\": 1, \"released\": true");
    var time = new Time();
    assertEquals(2, acquire("b", time).epoch());
    assertEquals(DURATION, time.passed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1.beat"})
  void acquire_laterFormat_refusesAndChangesNothing(String name) throws Exception {
    acquire("a").beat();
    var file = epochs.resolve(name);
    Files.writeString(
        file, Files.readString(file).replaceAll("\"format\": *\\d+", "\"format\": 99"));
    var before = everything();
    assertThrows(UnknownFormatException.class, () -> acquire("b"));
    assertEquals(before, everything());
  }

  @Test
  void acquire_debrisInStaging_isGone() throws Exception {
    Files.createDirectories(staging.resolve("debris/deep/deeper"));
    Files.writeString(staging.resolve("debris/deep/file"), "x");
    Files.createSymbolicLink(staging.resolve("debris/link"), volume);
    Files.writeString(staging.resolve("file"), "x");
    Files.createSymbolicLink(staging.resolve("link to somewhere"), volume);
    Files.writeString(volume.resolve("application's"), "stays");
    var lease = acquire("a");
    assertEquals(new TreeSet<>(List.of(lease.staging().name())), names(staging));
    assertEquals("stays", Files.readString(volume.resolve("application's")));
  }

  /** In staging it would be lost with all that is in it if we died there. */
  @Test
  void remove_directoryWithSomethingInIt_isNotEvenMoved() throws Exception {
    var lease = acquire("a");
    var full = Files.createDirectory(volume.resolve("full"));
    Files.writeString(full.resolve("of somebody else"), "x");
    var before = Files.getAttribute(full, "unix:ctime");
    var e = assertThrows(VolumeException.class, () -> lease.staging().remove(full));
    assertEquals(Errno.ENOTEMPTY, Errno.of(e));
    assertEquals(before, Files.getAttribute(full, "unix:ctime"));
  }

  @Test
  void acquire_foreignNamesInEpochs_areLeftAlone() throws Exception {
    Files.createDirectories(epochs);
    var foreign =
        new TreeSet<>(
            List.of(
                "0",
                "007",
                "-3",
                "1 ",
                "README",
                ".nfs00001",
                "7.beat.old",
                "1e3",
                "beat",
                "1234567890123456789"));
    for (var name : foreign) {
      Files.writeString(epochs.resolve(name), "not ours");
    }
    var lease = acquire("a");
    assertEquals(1, lease.epoch());
    lease.renew();
    foreign.addAll(List.of("1", "2"));
    assertEquals(foreign, names(epochs));
  }

  @Test
  void acquire_highestNumberThereIs_isNotPassed() throws Exception {
    acquire("a");
    Files.move(epochs.resolve("1"), epochs.resolve("999999999999999998"));
    assertEquals(999_999_999_999_999_999L, acquire("b").epoch());
  }

  @Test
  void renew_moreOftenThanIsRemembered_forgetsOldClaimsWithTheirTombstones() throws Exception {
    var lease = acquire("a");
    for (int i = 0; i < 2 * LeaseAcquisition.REMEMBERED; i++) {
      lease.beat();
      lease.renew();
    }
    var claims = names(epochs);
    assertEquals(LeaseAcquisition.REMEMBERED, claims.size(), claims::toString);
    assertEquals(LeaseAcquisition.REMEMBERED, names(staging).size());
    for (var name : names(staging)) {
      assertEquals(name.equals(lease.staging().name()), Files.isDirectory(staging.resolve(name)));
    }
    assertEquals(2 * LeaseAcquisition.REMEMBERED + 1, lease.epoch());
  }

  /** The epoch after its own is forgotten by then. */
  @Test
  void renew_afterMoreSuccessorsThanAreRemembered_isFenced() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    var other = succeed("b");
    for (int i = 0; i < 2 * LeaseAcquisition.REMEMBERED; i++) {
      other.renew();
    }
    var before = everything();
    time.pass(FAR_LONGER);
    time.beat();
    assertThrows(IOException.class, lease::ensureValid);
    assertThrows(
        IOException.class,
        () -> lease.staging().publish(stage(lease, "late"), volume.resolve("late")));
    assertThrows(FencedException.class, lease::renew);
    assertEquals(before, everything());
  }

  @Test
  void beat_successorIsThere_tellsOnceAndEnds() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    var told = new AtomicInteger();
    lease.onFenced(told::incrementAndGet);
    time.beat();
    succeed("b");
    var before = everything();
    assertEquals(0, told.get());
    lease.beat();
    lease.beat();
    time.beat();
    assertEquals(1, told.get());
    assertEquals(List.of(), time.beats);
    assertEquals(before, everything());
    var toldLater = new AtomicInteger();
    lease.onFenced(toldLater::incrementAndGet);
    assertEquals(1, toldLater.get(), "who asks too late is told as well");
    assertThrows(FencedException.class, lease::throwIfFenced);
  }

  @Test
  void beat_volumeDoesNotWork_saysNothingAndGoesOn() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    Files.move(volume, directory.resolve("away"));
    time.beat();
    assertFalse(Files.exists(volume));
    Files.move(directory.resolve("away"), volume);
    time.beat();
    lease.throwIfFenced();
    assertTrue(Files.exists(epochs.resolve("1.beat")));
  }

  @Test
  void ensureValid_heardOfLately_doesNotAskTheVolume() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    time.pass(DURATION);
    succeed("b");
    lease.ensureValid();
    time.pass(Duration.ofNanos(1));
    assertThrows(FencedException.class, lease::ensureValid);
  }

  @Test
  void ensureValid_afterALongStopWithNobodyElse_beatsAndGoesOn() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    time.pass(FAR_LONGER);
    lease.ensureValid();
    assertTrue(Files.exists(epochs.resolve("1.beat")));
    var before = everything();
    lease.ensureValid();
    assertEquals(before, everything(), "once is enough");
  }

  @Test
  void staging_ofAFencedHolder_changesNothing() throws Exception {
    var lease = acquire("a");
    Files.writeString(volume.resolve("file"), "published");
    Files.createDirectories(own.resolve("kept/tree"));
    var staged = stage(lease, "late");
    var second = stage(lease, "late");
    var other = succeed("b");
    for (int round = 0; round < 2; round++) {
      var before = everything();
      var old = lease.staging();
      assertThrows(IOException.class, () -> old.publish(staged, volume.resolve("file")));
      assertThrows(IOException.class, () -> old.publish(second, volume.resolve("new")));
      assertThrows(IOException.class, () -> old.remove(volume.resolve("file")));
      assertThrows(IOException.class, () -> old.removeTree(own.resolve("kept")));
      assertThrows(
          IOException.class, () -> old.replace(own.resolve("manifest.json"), new byte[] {1}));
      assertThrows(
          IOException.class, () -> old.copy(volume.resolve("file"), file -> {}, bytes -> {}));
      assertEquals(before, everything());
      for (int i = 0; i < LeaseAcquisition.REMEMBERED; i++) {
        other.renew(); // then the tombstone is gone, too
      }
    }
  }

  @Test
  void staging_removeOfWhatIsGone_isNoError() throws Exception {
    acquire("a").staging().remove(volume.resolve("gone"));
  }

  @Test
  void staging_removeOfADirectoryThatIsNotEmpty_leavesIt() throws Exception {
    var full = Files.createDirectory(volume.resolve("full"));
    Files.writeString(full.resolve("file"), "x");
    var lease = acquire("a");
    assertThrows(IOException.class, () -> lease.staging().remove(full));
    assertEquals("x", Files.readString(full.resolve("file")));
  }

  @Test
  void close_keepsTheClaimAndEndsTheHeartbeat() throws Exception {
    var time = new Time();
    var lease = acquire("a", time);
    lease.close();
    lease.beat();
    assertEquals(List.of(), time.beats);
    assertEquals(new TreeSet<>(List.of("1")), names(epochs));
    var waiter = new Time();
    assertEquals(2, acquire("b", waiter).epoch());
    assertEquals(DURATION, waiter.passed());
  }

  @Test
  void release_volumeDoesNotWork_leavesTheLeaseToRunOut() throws Exception {
    var lease = acquire("a");
    Files.move(volume, directory.resolve("away"));
    lease.release();
    Files.move(directory.resolve("away"), volume);
    var waiter = new Time();
    acquire("b", waiter);
    assertEquals(DURATION, waiter.passed());
  }
}
