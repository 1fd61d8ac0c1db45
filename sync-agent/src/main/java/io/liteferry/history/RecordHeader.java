package io.liteferry.history;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a record says before its changes.
 *
 * @param volume the volume's id
 * @param made the generation that its pass made, or was to make when it was cut off
 * @param before the point that it leads back to: the last generation that was complete when the
 *     pass began
 * @param thinned how many points between the two were dropped; generations that a pass did not
 *     complete are none
 * @param replaced when the point before ceased to be what was on the volume
 * @param accidents what of its pass looked like an accident, for people, one line each: then the
 *     point before is to stay for a while
 */
public record RecordHeader(
    String volume,
    Point made,
    Point before,
    int thinned,
    Instant replaced,
    List<String> accidents) {
  private static final String WENT_BACK = "went back to point ";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]+");

  /** Checks that it can be written and read. */
  public RecordHeader {
    if (!ID.matcher(volume).matches()) {
      throw new IllegalArgumentException("not the id of a volume: " + volume);
    }
    if (made.generation() <= before.generation() || thinned < 0) {
      throw new IllegalArgumentException(
          "a record of %d cannot lead back to %d"
              .formatted(made.generation(), before.generation()));
    }
    if (accidents.stream().anyMatch(why -> why.isBlank() || why.lines().count() > 1)) {
      throw new IllegalArgumentException("not one line each: " + accidents);
    }
    accidents = List.copyOf(accidents);
  }

  /** Of a pass, with nothing thinned. */
  public static RecordHeader of(String volume, Point made, Point before) {
    return new RecordHeader(volume, made, before, 0, made.time(), List.of());
  }

  public long generation() {
    return made.generation();
  }

  /** The generation of the point before. */
  public long after() {
    return before.generation();
  }

  /** The same, of a pass of which something looks like an accident. */
  public RecordHeader because(List<String> accidents) {
    return new RecordHeader(volume, made, before, thinned, replaced, accidents);
  }

  /** What a record says of a rollback in place of accidents. */
  public static String wentBack(long to) {
    return WENT_BACK + to;
  }

  /** Whether the point before is to stay for a while only because its pass went back. */
  boolean isOnlyRollback() {
    return accidents.stream().allMatch(why -> why.startsWith(WENT_BACK));
  }

  /** Whether it took over what another record says. */
  boolean spans(long generation) {
    return after() < generation && generation < generation();
  }

  /** Of this record and the next one as one, which drops the point between the two. */
  RecordHeader then(RecordHeader later) {
    return new RecordHeader(
        volume, later.made, before, thinned + later.thinned + 1, replaced, accidents);
  }
}
