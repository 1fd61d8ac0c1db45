package io.liteferry.history;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A file of which states of a database are made: a base, which is a whole database, or a segment,
 * which leads from one state to a later one.
 *
 * @param database the database's id, for life
 * @param from the state that a segment leads from; empty for a base
 * @param state the state that it is, or leads to
 * @param bytes its size
 */
public record PageFile(String database, OptionalLong from, long state, long bytes)
    implements Stored {
  private static final Pattern BASE = Pattern.compile("([0-9]{9,18})\\.db");
  private static final Pattern SEGMENT = Pattern.compile("([0-9]{9,18})-([0-9]{1,18})\\.wal");

  public static PageFile base(String database, long state, long bytes) {
    return new PageFile(database, OptionalLong.empty(), state, bytes);
  }

  public static PageFile segment(String database, long from, long to, long bytes) {
    if (from >= to) {
      throw new IllegalArgumentException("a segment leads to a later state");
    }
    return new PageFile(database, OptionalLong.of(from), to, bytes);
  }

  /** Its name in the database's directory: {@code 000000412.db} or {@code 000000412-413.wal}. */
  public String name() {
    return from.isEmpty()
        ? String.format(Locale.ROOT, "%09d.db", state)
        : String.format(Locale.ROOT, "%09d-%d.wal", from.getAsLong(), state);
  }

  /** The file with a name; empty when it is none of ours. */
  public static Optional<PageFile> named(String database, String name, long bytes) {
    var base = BASE.matcher(name);
    if (base.matches()) {
      return Optional.of(base(database, Long.parseLong(base.group(1)), bytes));
    }
    var segment = SEGMENT.matcher(name);
    if (segment.matches()) {
      long from = Long.parseLong(segment.group(1));
      long to = Long.parseLong(segment.group(2));
      return from < to ? Optional.of(segment(database, from, to, bytes)) : Optional.empty();
    }
    return Optional.empty();
  }
}
