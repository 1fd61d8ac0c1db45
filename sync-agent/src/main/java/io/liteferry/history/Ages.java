package io.liteferry.history;

import java.time.Duration;
import java.util.List;

/**
 * How far points are from the newest one, in time in which something happened.
 *
 * <p>A pause of more than a day does not count while less than the window of {@code --keep-all} was
 * done since. So nothing that was kept goes because of a clock that was wrong, or because of a
 * holiday, until as much as that was done again.
 */
final class Ages {
  private static final Duration PAUSE = Duration.ofDays(1);

  private final Duration[] ages;
  private final int afterPause;

  /** {@code points} from the oldest to the newest. */
  Ages(List<KeptPoint> points, Duration window) {
    ages = new Duration[points.size()];
    int pause = 0;
    var age = Duration.ZERO;
    for (int i = points.size() - 1; i >= 0; i--) {
      ages[i] = age;
      if (i > 0) {
        var gap = Duration.between(points.get(i - 1).time(), points.get(i).time());
        if (pause == 0 && gap.compareTo(PAUSE) > 0 && age.compareTo(window) <= 0) {
          pause = i;
        } else {
          age = age.plus(gap);
        }
      }
    }
    afterPause = pause;
  }

  /** The age of the point with an index. */
  Duration age(int index) {
    return ages[index];
  }

  /** Whether it was made after a pause that does not count. */
  boolean isAfterPause(int index) {
    return afterPause > 0 && index >= afterPause;
  }
}
