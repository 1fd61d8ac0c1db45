package io.liteferry.pages;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a segment's file: which states of the database it leads from and to.
 *
 * @param first the number that the state got to which it leads; of a merged one, the least
 * @param last the number of the state to which it leads
 * @param from the state that it begins at
 * @param to the state that it leads to
 */
public record SegmentName(long first, long last, Identity from, Identity to) {
  private static final Pattern FORM =
      Pattern.compile("([0-9]{9,18})(?:-([0-9]{9,18}))?-([0-9a-f]{32})-([0-9a-f]{32})\\.wal");

  public SegmentName {
    if (first < 1 || last < first) {
      throw new IllegalArgumentException("not the numbers of states: %d-%d".formatted(first, last));
    }
  }

  /** As it stands on the volume; in the order of the text is the order of the states. */
  public String text() {
    return first == last
        ? "%09d-%s-%s.wal".formatted(first, from, to)
        : "%09d-%09d-%s-%s.wal".formatted(first, last, from, to);
  }

  /** The segment that a file's name is; empty when it is none of ours. */
  public static Optional<SegmentName> parse(String text) {
    var parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(parts.group(1));
    var merged = parts.group(2);
    long last = merged == null ? first : Long.parseLong(merged);
    if (first < 1 || last < first || (merged != null && last == first)) {
      return Optional.empty();
    }
    return Identity.parse(parts.group(3))
        .flatMap(
            from ->
                Identity.parse(parts.group(4)).map(to -> new SegmentName(first, last, from, to)));
  }

  /** Whether this begins where another one leads to. */
  public boolean isNextOf(SegmentName before) {
    return first == before.last + 1 && from.equals(before.to);
  }
}
