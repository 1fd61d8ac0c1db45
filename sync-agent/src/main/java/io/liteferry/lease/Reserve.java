package io.liteferry.lease;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE_NEW;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A little room on the volume, kept in files that mean nothing: a volume that is full, or whose
 * quota is reached, must still take a claim, a heartbeat and a manifest, or no agent could come to
 * the deletions by which there is room again.
 *
 * <p>They are made through staging like everything else. They are deleted in place, by whoever
 * needs the room: also by an agent that has no lease yet, and also late, as nobody relies on them.
 *
 * <p>Safe for use by several threads.
 */
final class Reserve {
  private static final Logger log = LoggerFactory.getLogger(Reserve.class);

  /** Each is an inode. A restart takes two that it gives back 32 epochs later. */
  static final int FILES = 8;

  static final int BYTES = 8 * 1024;

  private static final String NAME = "reserve-";
  private static final String MEANING =
      "Room that Liteferry keeps for when the volume is full. May be deleted at any time.\n";

  /** For how many heartbeats the room is left to others, once there was too little. */
  private static final int REST = 20;

  private final List<Path> files;
  private volatile boolean whole;
  private volatile int rest;

  /** Of the volume that has this directory of ours. */
  Reserve(Path own) {
    files = IntStream.rangeClosed(1, FILES).mapToObj(i -> own.resolve(NAME + i)).toList();
  }

  /** By what the room is kept; each may be missing. */
  List<Path> files() {
    return files;
  }

  /**
   * Does something that needs a little room and may be begun again after an error; gives the
   * reserve up as far as it must.
   */
  <T> T use(VolumeException.Work<T> work) throws IOException {
    while (true) {
      try {
        return work.run();
      } catch (IOException e) {
        if (!Durable.isOutOfRoom(e) || !giveUpOne(e)) {
          throw e;
        }
      }
    }
  }

  private boolean giveUpOne(IOException because) {
    whole = false;
    rest = REST;
    for (var file : files) {
      try {
        if (Files.deleteIfExists(file)) {
          log.debug("{} makes room", file);
          return true;
        }
      } catch (IOException e) {
        because.addSuppressed(e);
      }
    }
    return false;
  }

  /**
   * Makes what is missing of it, while there is room. Not synced: what a crash takes of it is made
   * again.
   */
  void keep(Staging staging) {
    if (whole || rest > 0) {
      rest = Math.max(0, rest - 1);
      return;
    }
    whole = true; // unless another thread gives one up meanwhile
    try {
      for (var file : files) {
        if (Durable.look(file).map(there -> there.size() < BYTES).orElse(true)) {
          make(staging, file);
        }
      }
    } catch (IOException e) {
      log.debug("no reserve on the volume for now", e);
      whole = false;
      rest = REST;
    }
  }

  /** Takes back at once what was given up for a moment, as for a file that replaced another. */
  void refill(Staging staging) {
    if (!whole) {
      rest = 0;
      keep(staging);
    }
  }

  /** As {@link #refill}, also with the room of what is staged and was not published. */
  void refillAtEnd(Staging staging) {
    if (rest > 0) {
      try {
        Durable.empty(staging.directory());
      } catch (IOException e) {
        log.debug("no room from what is staged", e);
      }
      refill(staging);
    }
  }

  /** With content that no file system compresses away, and that says what it is. */
  private static void make(Staging staging, Path file) throws IOException {
    var noise = new byte[BYTES];
    new SplittableRandom(file.hashCode()).nextBytes(noise);
    var content = (MEANING + Base64.getEncoder().encodeToString(noise)).getBytes(US_ASCII);
    var staged = staging.fresh();
    try {
      Files.write(staged, Arrays.copyOf(content, BYTES), CREATE_NEW);
      staging.publish(staged, file);
    } catch (IOException e) {
      staging.discard(staged, e);
      throw e;
    }
  }
}
