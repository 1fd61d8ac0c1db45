package io.liteferry.publish;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Errno;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.state.IndexEntry;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The files of databases on the volume, before something is published that leads on from them: one
 * that is not known is read, so that what it is tells which segments lead on from it. For one pass.
 */
final class PlainFiles {
  private final Publication publication;

  PlainFiles(Publication publication) {
    this.publication = publication;
  }

  /**
   * Whether it is none of the states of the database that is published there. What is found out of
   * it is known from then on.
   */
  boolean isOthers(Path path) throws IOException {
    var listed = publication.writer.listed(path).filter(one -> one.state().isPresent());
    if (listed.isEmpty() || !(publication.knowledge.get(path) instanceof Published.Unread)) {
      return false; // it is published whole, or known
    }
    var entry = publication.volume.look(path).filter(found -> found.kind() == Entry.Kind.FILE);
    return entry.isPresent() && !isState(listed.get(), entry.get());
  }

  private boolean isState(Manifest.Database listed, Entry there) throws IOException {
    var digest = digest(there);
    if (digest.flatMap(listed::numberOf).isEmpty()) {
      return false;
    }
    publication.knowledge.put(there.path(), new Published.Known(known(there, digest.get())));
    return true;
  }

  private static IndexEntry known(Entry there, Digest digest) {
    return new IndexEntry(
        true,
        Optional.empty(),
        Optional.empty(),
        digest,
        there.stamp().size(),
        there.stamp().mtime(),
        there.mode(),
        there.uid(),
        there.gid());
  }

  /** Empty when this user may not read it: one file must not hold up all others. */
  private Optional<Digest> digest(Entry there) throws IOException {
    try (var _ = publication.context.node.bytesOfVolume(there.stamp().size())) {
      return Optional.of(publication.volume.digest(there.path()));
    } catch (VolumeException e) {
      if (!Errno.of(e).isDenied()) {
        throw e;
      }
      return Optional.empty();
    }
  }
}
