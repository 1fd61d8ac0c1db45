package io.liteferry.state;

import io.liteferry.durable.Digest;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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
 * @param past of a database: by what a local that a crash of the node set back is recognised
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
    int gid,
    Past past) {

  /** Of a file, or of a database of which no more is known. */
  public IndexEntry(
      boolean database,
      Optional<Stamp> source,
      Optional<Stamp> wal,
      Digest digest,
      long volumeSize,
      long volumeMtime,
      int mode,
      int uid,
      int gid) {
    this(database, source, wal, digest, volumeSize, volumeMtime, mode, uid, gid, Past.UNKNOWN);
  }

  /**
   * What was before in a database's place.
   *
   * @param changes SQLite's change counter in the header of local's file, which only grows, as an
   *     unsigned number of 32 bits; empty when it is not known. The snapshot's own header has
   *     another one, as the backup API writes it anew
   * @param earlier digests of earlier publications, the youngest first
   */
  public record Past(OptionalLong changes, List<Digest> earlier) {
    /** How many digests are remembered. */
    private static final int MOST = 16;

    public static final Past UNKNOWN = new Past(OptionalLong.empty(), List.of());

    /** Copies the list. */
    public Past {
      earlier = List.copyOf(earlier);
    }

    /** After {@code published} was replaced by another content. */
    public Past after(Digest published) {
      var all = new ArrayList<Digest>();
      all.add(published);
      earlier.stream().filter(d -> !d.equals(published)).limit(MOST - 1).forEach(all::add);
      return new Past(changes, all);
    }

    public Past withChanges(OptionalLong counter) {
      return new Past(counter, earlier);
    }
  }

  /** Whether the volume's file of this stamp is the one that was published. */
  public boolean isStillOnVolume(Stamp there) {
    return volumeSize == there.size() && volumeMtime == there.mtime();
  }

  /** Whether a file of local has the permissions and the owner with which this was published. */
  public boolean hasAttributesOf(Entry local) {
    return mode == local.mode() && uid == local.uid() && gid == local.gid();
  }

  /** The same content, seen again under another stamp. */
  public IndexEntry seenAs(Optional<Stamp> stamp, Optional<Stamp> walStamp) {
    return new IndexEntry(
        database, stamp, walStamp, digest, volumeSize, volumeMtime, mode, uid, gid, past);
  }

  /** The same, with what was before. */
  public IndexEntry with(Past another) {
    return new IndexEntry(
        database, source, wal, digest, volumeSize, volumeMtime, mode, uid, gid, another);
  }
}
