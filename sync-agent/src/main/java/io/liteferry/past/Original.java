package io.liteferry.past;

import io.liteferry.history.Version;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import java.nio.file.Path;

/** A version as a look at it would have found it when it was on the volume. */
final class Original {
  private Original() {}

  /** For its mode, owner and time; it has no inode and no ctime. */
  static Entry entry(Path path, Version version) {
    var stamp = stamp(version);
    return switch (version) {
      case Version.Directory d ->
          new Entry(path, Entry.Kind.DIRECTORY, stamp, d.mode(), d.uid(), d.gid());
      case Version.Link l -> new Entry(path, Entry.Kind.LINK, stamp, 0, l.uid(), l.gid());
      case Version.File f -> new Entry(path, Entry.Kind.FILE, stamp, f.mode(), f.uid(), f.gid());
      case Version.Database d ->
          new Entry(path, Entry.Kind.FILE, stamp, d.mode(), d.uid(), d.gid());
      case Version.Absent _, Version.Lost _ ->
          throw new IllegalArgumentException("nothing to copy: " + version);
    };
  }

  static Stamp stamp(Version version) {
    return new Stamp(History.bytes(version), 0, mtime(version), 0);
  }

  /** In nanoseconds since the epoch; 0 when that is not recorded. */
  static long mtime(Version version) {
    return switch (version) {
      case Version.File file -> file.mtime();
      case Version.Database database -> database.mtime();
      default -> 0;
    };
  }
}
