package io.liteferry.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.util.zip.CRC32C;

/**
 * Writes a record, a text in UTF-8:
 *
 * <pre>{@code
 * liteferry-generation 1 VOLUME N AFTER
 * made {"generation":N, …}
 * before {"generation":AFTER, …}
 * accident WHY
 * thinned COUNT REPLACED
 * ["recipes/soup.jpg",["file","000123/0007-soup.jpg",184220,…],["absent"]]
 * end COUNT CHECKSUM
 * }</pre>
 *
 * <p>There is a line {@code accident} for each thing that looked like one, and {@code thinned} when
 * points were. Changes are in {@link Change#ORDER}, so that records are merged and read side by
 * side without being in memory. The checksum is the CRC32C of all lines before, in hexadecimal. So
 * {@code grep} finds a path, and {@code cp -p} its version.
 */
public final class RecordWriter {
  static final int FORMAT = 1;
  static final String HEADING = "liteferry-generation ";
  static final String MADE = "made ";
  static final String BEFORE = "before ";
  static final String ACCIDENT = "accident ";
  static final String THINNED = "thinned ";
  static final String CLOSING = "end ";

  private static final int BUFFER_CHARS = 64 * 1024;

  private final BufferedWriter text;
  private final CRC32C checksum = new CRC32C();
  private long count;
  private String last = "";

  /** Begins a record; {@code out} stays the caller's to sync and to close. */
  public RecordWriter(OutputStream out, RecordHeader header) throws IOException {
    text = new BufferedWriter(new OutputStreamWriter(out, UTF_8), BUFFER_CHARS);
    line(
        HEADING
            + FORMAT
            + " "
            + header.volume()
            + " "
            + header.generation()
            + " "
            + header.after());
    line(MADE + RecordText.of(header.made()));
    line(BEFORE + RecordText.of(header.before()));
    for (var why : header.accidents()) {
      line(ACCIDENT + why);
    }
    if (header.thinned() > 0) {
      line(THINNED + header.thinned() + " " + header.replaced());
    }
  }

  private void line(String line) throws IOException {
    update(checksum, line);
    text.append(line).append('\n');
  }

  static void update(CRC32C checksum, String line) {
    checksum.update(line.getBytes(UTF_8));
    checksum.update('\n');
  }

  /**
   * Adds a change.
   *
   * @throws IllegalArgumentException when it is not later in {@link Change#ORDER} than the last one
   */
  public void add(Change change) throws IOException {
    if (change.name().compareTo(last) <= 0) {
      throw new IllegalArgumentException(change.name() + " after " + last);
    }
    line(RecordText.of(change));
    last = change.name();
    count++;
  }

  /** Adds all that there is. */
  public void addAll(ChangeSource changes) throws IOException {
    for (var next = changes.next(); next.isPresent(); next = changes.next()) {
      add(next.get());
    }
  }

  /** Ends the record and flushes it; without that it counts as torn. */
  public void finish() throws IOException {
    text.append(closing(count, checksum)).append('\n').flush();
  }

  static String closing(long count, CRC32C checksum) {
    return CLOSING + count + " " + "%08x".formatted(checksum.getValue());
  }
}
