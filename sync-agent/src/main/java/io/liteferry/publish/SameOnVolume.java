package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.state.IndexEntry;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether the volume has a file as it is in local already. */
final class SameOnVolume {
  private SameOnVolume() {}

  static boolean mayBeSame(Entry seen, @Nullable Published published) {
    long size =
        switch (published) {
          case Published.Known k -> k.index().volumeSize();
          case Published.Unread u when u.entry().kind() == Entry.Kind.FILE ->
              u.entry().stamp().size();
          case null, default -> -1;
        };
    return size == seen.stamp().size();
  }

  /** What to know from now on, when the volume's file equals local's in content and attributes. */
  static Optional<Published> find(
      Volume volume, Entry seen, Digest digest, @Nullable Published published) throws IOException {
    if (published instanceof Published.Known known) {
      var index = known.index();
      boolean same =
          digest.equals(index.digest())
              && !index.database()
              && index.hasAttributesOf(seen)
              && index.source().map(s -> s.mtime() == seen.stamp().mtime()).orElse(true);
      return same
          ? Optional.of(
              new Published.Known(index.seenAs(Optional.of(seen.stamp()), Optional.empty())))
          : Optional.empty();
    }
    if (published instanceof Published.Unread unread) {
      var theirs = unread.entry();
      boolean same =
          seen.mode() == theirs.mode()
              && seen.stamp().mtime() == theirs.stamp().mtime()
              && volume.digest(seen.path()).equals(digest);
      return same
          ? Optional.of(
              new Published.Known(
                  new IndexEntry(
                      false,
                      Optional.of(seen.stamp()),
                      Optional.empty(),
                      digest,
                      theirs.stamp().size(),
                      theirs.stamp().mtime(),
                      seen.mode(),
                      seen.uid(),
                      seen.gid())))
          : Optional.empty();
    }
    return Optional.empty();
  }

  /** The same, of a database by the content of its snapshot. */
  static Optional<IndexEntry> findDatabase(
      PublishContext context, Path path, Digest digest, long size, @Nullable Published published)
      throws IOException {
    if (published instanceof Published.Known known) {
      var index = known.index();
      return index.digest().equals(digest)
          ? Optional.of(
              new IndexEntry(
                  true,
                  index.source(),
                  index.wal(),
                  digest,
                  index.volumeSize(),
                  index.volumeMtime(),
                  index.mode(),
                  index.uid(),
                  index.gid(),
                  index.past()))
          : Optional.empty();
    }
    if (published instanceof Published.Unread unread
        && unread.entry().kind() == Entry.Kind.FILE
        && unread.entry().stamp().size() == size
        && context.digestOnVolume(path, size).equals(digest)) {
      var entry = unread.entry();
      return Optional.of(
          new IndexEntry(
              true,
              Optional.empty(),
              Optional.empty(),
              digest,
              size,
              entry.stamp().mtime(),
              entry.mode(),
              entry.uid(),
              entry.gid()));
    }
    return Optional.empty();
  }
}
