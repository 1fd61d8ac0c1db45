package io.liteferry.publish;

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
 * that is not known, or is not the one that is known, is read, so that what it is tells which
 * segments lead on from it. For one pass.
 */
final class PlainFiles {
  private static final Optional<IndexEntry> NOTHING = Optional.empty();

  private final Publication publication;

  PlainFiles(Publication publication) {
    this.publication = publication;
  }

  /**
   * Whether it is none of the states of the database that is published there: then segments must
   * not lead on from it, as restore would set them aside. What is found out of it is known from
   * then on.
   */
  boolean isOthers(Path path) throws IOException {
    var listed = publication.writer.listed(path).filter(one -> one.state().isPresent());
    var known = publication.knowledge.get(path);
    if (listed.isEmpty() || known == null) {
      return false; // it is published whole
    }
    var entry = publication.volume.look(path).filter(found -> found.kind() == Entry.Kind.FILE);
    if (entry.isEmpty()) {
      return true; // it is gone
    }
    var index = known instanceof Published.Known k ? Optional.of(k.index()) : NOTHING;
    return index.filter(i -> i.isStillOnVolume(entry.get().stamp())).isEmpty()
        && !isState(listed.get(), entry.get(), index);
  }

  private boolean isState(Manifest.Database listed, Entry there, Optional<IndexEntry> before)
      throws IOException {
    var read =
        VolumeException.unlessDenied(
            () -> publication.context.digestOnVolume(there.path(), there.stamp().size()));
    if (read.flatMap(listed::numberOf).isEmpty()) {
      return false;
    }
    var digest = read.orElseThrow();
    var same = before.filter(index -> index.digest().equals(digest));
    publication.knowledge.put(
        there.path(),
        new Published.Known(
            new IndexEntry(
                true,
                same.flatMap(IndexEntry::source),
                same.flatMap(IndexEntry::wal),
                digest,
                there.stamp().size(),
                there.stamp().mtime(),
                same.map(IndexEntry::mode).orElse(there.mode()),
                same.map(IndexEntry::uid).orElse(there.uid()),
                same.map(IndexEntry::gid).orElse(there.gid()),
                same.map(IndexEntry::past).orElse(IndexEntry.Past.UNKNOWN))));
    return true;
  }
}
