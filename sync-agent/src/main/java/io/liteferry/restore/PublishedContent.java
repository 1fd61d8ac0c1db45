package io.liteferry.restore;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.pages.Identity;
import io.liteferry.pages.PlainFile;
import io.liteferry.pages.SegmentName;
import io.liteferry.volume.Tips;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What was published last of a database.
 *
 * @param files digests of files that it may be; none when segments lead to it
 * @param segments that lead to it from the plain file
 */
record PublishedContent(Set<Digest> files, List<SegmentName> segments) {
  /** Of a plain file, with what leads on from it. */
  static PublishedContent of(Set<Digest> files, Tips.Tip tip) {
    return tip.segments().isEmpty()
        ? new PublishedContent(files, List.of())
        : new PublishedContent(Set.of(), tip.names());
  }

  /** Whether a file that nobody has open has this content. */
  boolean isIn(Path file, Digest digest) throws IOException {
    return files.contains(digest)
        || (!segments.isEmpty() && identityOf(file).equals(Optional.of(segments.getLast().to())));
  }

  /** Whether it has what was published before. */
  boolean wasIn(Path file) throws IOException {
    var identity = segments.isEmpty() ? Optional.<Identity>empty() : identityOf(file);
    return identity.isPresent()
        && segments.stream().anyMatch(segment -> segment.from().equals(identity.get()));
  }

  private static Optional<Identity> identityOf(Path file) throws IOException {
    try (var plain = PlainFile.open(file)) {
      return Optional.of(plain.identity());
    } catch (DamagedFileException e) {
      return Optional.empty();
    }
  }
}
