package io.liteferry.lease;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.gson.JsonObject;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Durable;
import io.liteferry.durable.JsonFile;
import io.liteferry.durable.NoHardLinksException;
import io.liteferry.durable.UnknownFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The directory {@code epochs}: a claim for each holder so far, {@code N}, and its heartbeat,
 * {@code N.beat}. The highest claim is the lease.
 */
final class Epochs {
  private static final String BEAT = ".beat";
  private static final int BEAT_FORMAT = 1;

  /** How often a look that fails is tried. */
  private static final int LOOKS = 3;

  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
  private static final Pattern BEAT_NAME = Pattern.compile("[1-9][0-9]{0,17}\\.beat");

  private final Path directory;

  Epochs(Path directory) {
    this.directory = directory;
  }

  /**
   * A holder's sign of life.
   *
   * @param counter differs in each
   * @param released whether the holder has stopped and asks for nothing more
   * @param flushed whether it had everything on the volume when it stopped
   */
  record Beat(long counter, boolean released, boolean flushed) {
    /** Of a claim that never beat, or whose beat is damaged. */
    static final Beat NONE = new Beat(-1, false, false);
  }

  /** The highest claim, as one look saw it. */
  record Top(long epoch, Claim claim, Beat beat) {
    /** Whether it is known that all that was to be published is on the volume. */
    boolean isFlushed() {
      return claim.flushed() || (beat.released() && beat.flushed());
    }
  }

  Path directory() {
    return directory;
  }

  Path claimFile(long epoch) {
    return directory.resolve(Long.toString(epoch));
  }

  Path beatFile(long epoch) {
    return directory.resolve(epoch + BEAT);
  }

  /** The epochs that were claimed and not forgotten. */
  NavigableSet<Long> claimed() throws IOException {
    var epochs = new TreeSet<Long>();
    for (var name : Durable.names(directory)) {
      if (NUMBER.matcher(name).matches()) {
        epochs.add(Long.parseLong(name));
      }
    }
    return epochs;
  }

  /** Whether an epoch after this one was claimed. */
  boolean isSucceeded(long epoch) throws IOException {
    return !claimed().tailSet(epoch, false).isEmpty();
  }

  /** The claims of earlier epochs, but for damaged ones. */
  List<Claim> claimsBefore(long epoch) throws IOException {
    var claims = new ArrayList<Claim>();
    for (long earlier : claimed().headSet(epoch)) {
      Claim.read(claimFile(earlier)).filter(claim -> !claim.isDamaged()).ifPresent(claims::add);
    }
    return claims;
  }

  /** Heartbeats of other epochs than this one. */
  NavigableSet<Path> beatsExceptOf(long epoch) throws IOException {
    var beats = new TreeSet<Path>();
    for (var name : Durable.names(directory)) {
      if (BEAT_NAME.matcher(name).matches() && !name.equals(epoch + BEAT)) {
        beats.add(directory.resolve(name));
      }
    }
    return beats;
  }

  /** What is there and is neither a claim nor a heartbeat. */
  NavigableSet<Path> foreign() throws IOException {
    var foreign = new TreeSet<Path>();
    for (var name : Durable.names(directory)) {
      if (!NUMBER.matcher(name).matches() && !BEAT_NAME.matcher(name).matches()) {
        foreign.add(directory.resolve(name));
      }
    }
    return foreign;
  }

  /** The highest claim with its heartbeat; empty when there never was one. */
  Optional<Top> top() throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return look();
      } catch (NoSuchFileException | UnknownFormatException e) {
        throw e;
      } catch (IOException e) {
        // Over NFS, what is replaced between its opening and its reading is a stale handle.
        if (attempt == LOOKS) {
          throw e;
        }
      }
    }
  }

  private Optional<Top> look() throws IOException {
    while (true) {
      var claimed = claimed();
      if (claimed.isEmpty()) {
        return Optional.empty();
      }
      long highest = claimed.last();
      var claim = Claim.read(claimFile(highest));
      if (claim.isPresent()) {
        return Optional.of(new Top(highest, claim.get(), beat(highest)));
      } // forgotten meanwhile: there is a higher one
    }
  }

  private Beat beat(long epoch) throws IOException {
    try {
      return JsonFile.read(
              beatFile(epoch),
              BEAT_FORMAT,
              json ->
                  new Beat(
                      json.get("counter").getAsLong(),
                      json.get("released").getAsBoolean(),
                      json.has("flushed") && json.get("flushed").getAsBoolean()))
          .orElse(Beat.NONE);
    } catch (DamagedFileException e) {
      return Beat.NONE;
    }
  }

  /** When an epoch's holder last gave a sign of life, by the clock of the file system. */
  Optional<Instant> heard(long epoch) throws IOException {
    for (var sign : List.of(beatFile(epoch), claimFile(epoch))) {
      try {
        return Optional.of(Files.getLastModifiedTime(sign, NOFOLLOW_LINKS).toInstant());
      } catch (NoSuchFileException e) {
        // it did not beat yet, or there is a higher epoch by now
      }
    }
    return Optional.empty();
  }

  static byte[] bytes(Beat beat) {
    var json = new JsonObject();
    json.addProperty("format", BEAT_FORMAT);
    json.addProperty("counter", beat.counter());
    json.addProperty("released", beat.released());
    if (beat.flushed()) {
      json.addProperty("flushed", true);
    }
    return JsonFile.bytes(json);
  }

  /**
   * Gives a sign of life where there is no room for a new file: writes over the last one. Whoever
   * reads it in between finds it damaged, and so another one than before.
   *
   * @return false when that needs room as well, or there is none yet
   */
  boolean overwrite(long epoch, Beat beat) throws IOException {
    try {
      Durable.overwrite(beatFile(epoch), bytes(beat));
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      if (Durable.isOutOfRoom(e)) {
        return false;
      }
      throw e;
    }
  }

  /** Whether an epoch was claimed; a single look. */
  boolean isClaimed(long epoch) throws IOException {
    return Durable.exists(claimFile(epoch));
  }

  /** The claim is a fresh file of our own: nothing but the file system refuses a link to it. */
  private LeaseRefusedException refusal() throws IOException {
    return new LeaseRefusedException(
        "the file system of the volume %s (%s) has no hard links, which the lease needs: use one"
                .formatted(
                    Objects.requireNonNull(directory.getParent()).getParent(),
                    Files.getFileStore(directory).type())
            + " that has them, such as ext4, XFS, Btrfs or NFS");
  }

  /**
   * Claims an epoch, durably, if nobody else did. L3.
   *
   * <p>{@code link} fails when the name is taken, on NFS too. Its reply can be lost, and the
   * repetition then finds the name taken by itself: so what counts is whose claim is there.
   *
   * @param file the complete claim, in the claim's own staging directory
   */
  boolean claim(long epoch, Claim claim, Path file) throws IOException {
    try {
      Durable.link(file, claimFile(epoch));
    } catch (IOException e) {
      var there = Claim.read(claimFile(epoch));
      if (there.isEmpty()) {
        if (!Durable.exists(file)) {
          return false; // a holder is clearing our staging directory away as debris
        }
        throw e instanceof NoHardLinksException ? refusal() : e;
      }
      if (!there.get().equals(claim)) {
        return false;
      }
    }
    Durable.syncDirectory(directory);
    return true;
  }
}
