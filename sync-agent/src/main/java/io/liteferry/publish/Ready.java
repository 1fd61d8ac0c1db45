package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.history.CheckLevel;
import io.liteferry.pages.SegmentName;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A state of a database that differs from what the volume has, in files of state that the caller
 * deletes.
 *
 * @param source local's file, as it looked before
 * @param sourceStamp of it, where that is conclusive
 * @param wal the stamp of its WAL
 * @param image a snapshot that passed its check; without one, the segment's file
 * @param bytes of the state as one file
 * @param digest of the image; without one, the state's identity
 * @param header of the state
 * @param checked how thoroughly
 * @param changes SQLite's counter in local's file
 * @param step from what the volume has; empty when the state is published whole, as another one
 */
record Ready(
    Entry source,
    Optional<Stamp> sourceStamp,
    Optional<Stamp> wal,
    Path image,
    long bytes,
    Digest digest,
    DatabaseHeader header,
    CheckLevel checked,
    OptionalLong changes,
    Optional<Step> step) {

  /**
   * What leads to the state from the one that is published.
   *
   * @param plan by which it was made
   * @param piece what differs; empty when the two are the same
   */
  record Step(Forms.Plan plan, Optional<Piece> piece) {
    /** Of the segment; 0 without one. */
    long bytes() {
      return piece.map(Piece::bytes).orElse(0L);
    }
  }

  /**
   * A segment.
   *
   * @param name as it will be on the volume
   */
  record Piece(Path file, SegmentName name, long bytes) {}

  /** Whether its plain file stays as it is on the volume. */
  boolean isSegmentAlone() {
    return segment().equals(Optional.of(image));
  }

  /** Whether its plain file was behind, and is not once this is published. */
  boolean isFold() {
    return step.map(Step::plan).map(Forms.Plan::isFold).orElse(false);
  }

  /** What it takes on the volume until it is in place. */
  long stagedBytes() throws IOException {
    long more = 0;
    var segment = segment();
    if (segment.isPresent() && !isSegmentAlone()) {
      more = Files.size(segment.get());
    }
    return Files.size(image) + more;
  }

  Optional<Path> segment() {
    return step.flatMap(Step::piece).map(Piece::file);
  }

  /** Deletes its files. */
  void delete() throws IOException {
    Files.deleteIfExists(image);
    if (segment().isPresent()) {
      Files.deleteIfExists(segment().get());
    }
  }

  Ready withChanges(OptionalLong counter) {
    return new Ready(
        source, sourceStamp, wal, image, bytes, digest, header, checked, counter, step);
  }

  Ready with(Optional<Step> another) {
    return new Ready(
        source, sourceStamp, wal, image, bytes, digest, header, checked, changes, another);
  }

  long mtime() {
    // The database's own mtime stands still while commits go to the WAL; backup programs on the
    // server, which look at size and time, would miss them.
    return wal.map(w -> Math.max(w.mtime(), source.stamp().mtime())).orElse(source.stamp().mtime());
  }
}
