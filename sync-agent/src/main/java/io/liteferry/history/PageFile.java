package io.liteferry.history;

import io.liteferry.pages.SegmentName;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A file of which states of databases are made: a base, which is a whole database, or a segment,
 * which leads from one state to a later one.
 *
 * @param database the database's id, for life
 * @param segment what a segment is named; empty for a base
 * @param state the state that it is, or leads to
 * @param bytes its size
 */
public record PageFile(String database, Optional<SegmentName> segment, long state, long bytes)
    implements Stored {
  /** Those of one database after another, each by what it leads from, bases first. */
  static final Comparator<PageFile> ORDER =
      Comparator.comparing(PageFile::database).thenComparingLong(file -> file.from().orElse(-1));

  private static final Pattern BASE = Pattern.compile("([0-9]{9,18})\\.db");

  public static PageFile base(String database, long state, long bytes) {
    return new PageFile(database, Optional.empty(), state, bytes);
  }

  public static PageFile segment(String database, SegmentName name, long bytes) {
    return new PageFile(database, Optional.of(name), name.last(), bytes);
  }

  /** The state that a segment leads from; empty for a base. */
  public OptionalLong from() {
    return segment.map(name -> OptionalLong.of(name.first() - 1)).orElseGet(OptionalLong::empty);
  }

  /** Whether both are segments of one database, and this begins where the other one leads to. */
  boolean isNextOf(PageFile before) {
    return database.equals(before.database)
        && segment.isPresent()
        && before.segment.isPresent()
        && segment.get().isNextOf(before.segment.get());
  }

  /** Its name in the database's directory: {@code 000000412.db}, or a segment's. */
  public String name() {
    return segment
        .map(SegmentName::text)
        .orElseGet(() -> String.format(Locale.ROOT, "%09d.db", state));
  }

  /** The file with a name; empty when it is none of ours. */
  public static Optional<PageFile> named(String database, String name, long bytes) {
    var base = BASE.matcher(name);
    return base.matches()
        ? Optional.of(base(database, Long.parseLong(base.group(1)), bytes))
        : SegmentName.parse(name).map(segment -> segment(database, segment, bytes));
  }
}
