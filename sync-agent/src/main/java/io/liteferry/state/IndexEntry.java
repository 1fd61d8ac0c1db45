package io.liteferry.state;

import io.liteferry.durable.Digest;
import io.liteferry.scan.Stamp;
import java.util.Optional;

/**
 * What is known of one published file or database. Stays true for ever: a file of local with this
 * stamp had this content, and so had the volume's with this size and mtime.
 *
 * @param database whether it was published as a snapshot
 * @param source the stamp of local's file when it was read; empty when that look was inconclusive
 * @param wal the stamp of its WAL then, for a database; empty when it had none
 * @param digest of the content on the volume
 * @param volumeSize of the file on the volume, in bytes
 * @param volumeMtime of the file on the volume, in nanoseconds since the epoch
 * @param mode permission bits of local's file
 * @param uid numeric owner of local's file
 * @param gid numeric group of local's file
 */
public record IndexEntry(
    boolean database,
    Optional<Stamp> source,
    Optional<Stamp> wal,
    Digest digest,
    long volumeSize,
    long volumeMtime,
    int mode,
    int uid,
    int gid) {

  /** The same content, seen again under another stamp. */
  public IndexEntry seenAs(Optional<Stamp> stamp, Optional<Stamp> walStamp) {
    return new IndexEntry(
        database, stamp, walStamp, digest, volumeSize, volumeMtime, mode, uid, gid);
  }
}
