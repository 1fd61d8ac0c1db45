package io.liteferry.publish;

import io.liteferry.scan.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of small files that were younger than the scan of the last pass, as a file is that is
 * replaced all the time. What is copied before the scan is older than it, so the scan finds what it
 * names; as a snapshot is of a database. Owns the copies until they are published.
 */
final class EarlyCopies implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EarlyCopies.class);

  private final Publication publication;
  private final Map<Path, FileTransfer.Early> copies = new HashMap<>();

  EarlyCopies(Publication publication) {
    this.publication = publication;
  }

  /** Copies what was postponed by the last pass and is still to be published. */
  void take(Publisher.Look look) throws IOException, InterruptedException {
    for (var path : publication.context.postponed.keySet()) {
      var item = look.inventory().items().get(path);
      if (item == null
          || item.database()
          || item.entry().kind() != Entry.Kind.FILE
          || item.entry().stamp().size() >= FileTransfer.LARGE
          || Planner.isUnchanged(item, publication.knowledge.get(path))) {
        continue;
      }
      publication.begin();
      try {
        publication
            .publisher
            .files
            .copyEarly(item.entry())
            .ifPresent(copy -> copies.put(path, copy));
      } catch (IOException e) {
        publication.refuse(path, e);
      }
    }
  }

  boolean isEmpty() {
    return copies.isEmpty();
  }

  /** The copy of a file; stays ours, so that it goes when it was not published. */
  Optional<FileTransfer.Early> of(Path path) {
    return Optional.ofNullable(copies.get(path));
  }

  @Override
  public void close() {
    for (var copy : copies.values()) {
      try {
        Files.deleteIfExists(copy.staged());
      } catch (IOException e) {
        log.debug("staging is left behind as debris", e);
      }
    }
  }
}
