package io.liteferry.history;

import io.liteferry.durable.Digest;
import java.nio.file.Path;
import java.util.Optional;

/** What a path was at some time. Modes are permission bits; owners and groups are numeric. */
public sealed interface Version {
  /** Nothing had this name. */
  record Absent() implements Version {}

  record Directory(int mode, int uid, int gid) implements Version {}

  /** A symbolic link, which has no mode of its own. */
  record Link(Path target, int uid, int gid) implements Version {}

  /**
   * A file that is no database.
   *
   * @param object where its content is kept. Empty: it has none, being empty, or its content is
   *     that of the version after it, as attributes alone changed; after the last one comes the
   *     file that is in place
   * @param size in bytes
   * @param mtime in nanoseconds since the epoch
   */
  record File(Optional<KeptObject> object, long size, long mtime, int mode, int uid, int gid)
      implements Version {

    File with(Optional<KeptObject> another) {
      return new File(another, size, mtime, mode, uid, gid);
    }
  }

  /**
   * A database in one of its states. Where that is kept is never recorded, it is found by listing:
   * see {@link Chains}.
   *
   * @param id for as long as it has its name
   * @param state counts what was published of it, from 0
   * @param bytes its size as one file
   * @param digest of its content as one file
   * @param checked before it was published
   * @param mtime in nanoseconds since the epoch
   */
  record Database(
      String id,
      long state,
      long bytes,
      Digest digest,
      CheckLevel checked,
      int mode,
      int uid,
      int gid,
      long mtime)
      implements Version {}

  /**
   * There was something, and it was not kept.
   *
   * @param why for people, as {@code larger than --keep-file-bytes}
   */
  record Lost(String why) implements Version {}

  /**
   * This version with its content settled, if that is the content of the one after it.
   *
   * @param next the version after it
   */
  default Version settledBy(Version next) {
    if (!(this instanceof File file) || file.object().isPresent() || file.size() == 0) {
      return this;
    }
    return switch (next) {
      case File other when other.size() == file.size() -> file.with(other.object());
      case Lost lost -> lost;
      default -> new Lost("its content was not kept and is not there any more");
    };
  }

  /** Whether a user could not tell them apart, wherever they are kept. */
  default boolean isSameAs(Version other) {
    return switch (this) {
      case File f when other instanceof File o ->
          f.with(Optional.empty()).equals(o.with(Optional.empty()));
      case Database d when other instanceof Database o ->
          (d.digest().equals(o.digest()) || (d.id().equals(o.id()) && d.state() == o.state()))
              && d.mode() == o.mode()
              && d.uid() == o.uid()
              && d.gid() == o.gid();
      default -> equals(other);
    };
  }
}
