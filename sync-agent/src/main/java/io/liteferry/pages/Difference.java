package io.liteferry.pages;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** Compares pages with a map, and writes those that differ into a segment. */
final class Difference implements Closeable {
  private final PageMap published;
  private final PageSource state;
  private final Target target;
  private final Identity from;
  private final PageHasher hasher = new PageHasher();
  private final byte[] content;
  private final SegmentWriter segment;
  private HashSum sum;

  Difference(PageMap published, PageSource state, Target target) throws IOException {
    this.published = published;
    this.state = state;
    this.target = target;
    from = published.identity();
    sum = published.sum();
    content = new byte[state.shape().pageSize()];
    segment = new SegmentWriter(target.file(), content.length, target.number(), from);
  }

  /**
   * Compares a page.
   *
   * @param page not looked at before
   * @throws WholeException when the segment gets too large
   */
  void look(long page) throws IOException {
    state.read(page, content);
    if (!published.has(page, content)) {
      sum = sum.minus(published.hash(page)).plus(hasher.of(page, content));
      add(page);
    } else if (page == 1 && !published.hasFirst(content)) {
      add(page); // so that base and segments are the database byte for byte
    }
  }

  private void add(long page) throws IOException {
    segment.add(page, content);
    if (segment.bytes() > target.mostBytes()) {
      throw new WholeException("more than %d bytes of it changed".formatted(target.mostBytes()));
    }
  }

  /**
   * Completes the segment, if there is a difference.
   *
   * @throws WholeException when the size differs and no page does, as no change by SQLite leaves it
   */
  Optional<Heading> end() throws IOException {
    var shape = state.shape();
    for (long page = shape.pageCount() + 1; page <= published.shape().pageCount(); page++) {
      sum = sum.minus(published.hash(page));
    }
    if (segment.isEmpty()) {
      if (!shape.equals(published.shape())) {
        throw new WholeException("it has another size, and no page of it changed");
      }
      return Optional.empty();
    }
    var heading =
        new Heading(
            target.database(),
            target.first(),
            target.number(),
            target.epoch(),
            from,
            Identity.of(shape, sum),
            target.time(),
            target.checked());
    segment.commit(shape.pageCount(), heading);
    return Optional.of(heading);
  }

  @Override
  public void close() throws IOException {
    segment.close();
  }
}
