package io.liteferry.pages;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/** Segments in a row, of which the last one that has a page is the one that counts. */
final class Overlay {
  private final List<Segment> segments;
  private final FrameIndex index = new FrameIndex();

  private Overlay(List<Segment> segments) {
    this.segments = List.copyOf(segments);
  }

  /**
   * Joins segments.
   *
   * @throws ForeignSegmentException when one does not begin where the one before leads to
   */
  static Overlay of(List<Segment> segments) throws IOException {
    for (int i = 1; i < segments.size(); i++) {
      var before = segments.get(i - 1);
      var segment = segments.get(i);
      if (!segment.heading().name().isNextOf(before.heading().name())
          || segment.shape().pageSize() != before.shape().pageSize()) {
        throw segment.foreignTo("the state " + before.heading().to());
      }
    }
    var overlay = new Overlay(segments);
    for (int i = 0; i < segments.size(); i++) {
      for (long page : segments.get(i).pages()) {
        overlay.index.add(page, i + 1);
      }
    }
    return overlay;
  }

  /** Of the state that the last segment leads to. */
  Shape shape() {
    return segments.getLast().shape();
  }

  /** Reads a page; false when no segment has it. */
  boolean read(long page, byte[] into) throws IOException {
    int segment = (int) index.slot(page);
    if (segment == 0) {
      return false;
    }
    segments.get(segment - 1).read(page, into);
    return true;
  }

  /** Writes the pages over those of a database, which gets the size that the last one names. */
  void writeInto(FileChannel database) throws IOException {
    var content = new byte[shape().pageSize()];
    database.truncate(shape().bytes());
    for (long page : index.pages()) {
      if (page <= shape().pageCount()) {
        read(page, content);
        Blocks.write(database, (page - 1) * content.length, content, content.length);
      }
    }
    if (database.size() < shape().bytes()) {
      Blocks.write(database, shape().bytes() - 1, new byte[1], 1);
    }
  }

  /**
   * Writes one segment in place of them, into a new file that is not synced: to fold it has the
   * same result.
   *
   * @return its heading; its epoch, time and check are those of the last segment
   */
  Heading merge(Path file) throws IOException {
    var first = segments.getFirst().heading();
    var last = segments.getLast().heading();
    var heading =
        new Heading(
            last.database(),
            first.first(),
            last.last(),
            last.epoch(),
            first.from(),
            last.to(),
            last.time(),
            last.checked());
    var content = new byte[shape().pageSize()];
    try (var writer = new SegmentWriter(file, shape().pageSize(), last.last(), first.from())) {
      for (long page : index.pages()) {
        if (page <= shape().pageCount()) {
          read(page, content);
          writer.add(page, content);
        }
      }
      writer.commit(shape().pageCount(), heading);
    }
    return heading;
  }
}
