package io.liteferry.pages;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Compares what the short cuts made with SQLite's own word, page by page. */
final class Scrub {
  private static final int MOST_NAMED = 10;

  private Scrub() {}

  /**
   * What was found.
   *
   * @param published how large what is published is
   * @param image how large SQLite's image is
   * @param differing how many pages differ that both have
   * @param pages the first of them
   */
  public record Finding(Shape published, Shape image, long differing, List<Long> pages) {
    /** Whether the two are one state. */
    public boolean isAgreement() {
      return differing == 0 && published.equals(image);
    }
  }

  /**
   * Compares two images of what should be one state. What the backup API sets anew in page 1, and
   * the page of the locks, are left out.
   *
   * @param published the base with its segments
   * @param image by the backup API, of the state that was published
   */
  public static Finding compare(PageSource published, PageSource image) throws IOException {
    var pages = new ArrayList<Long>();
    long differing = 0;
    if (published.shape().pageSize() == image.shape().pageSize()) {
      var one = new byte[image.shape().pageSize()];
      var other = new byte[one.length];
      long both = Math.min(published.shape().pageCount(), image.shape().pageCount());
      for (long page = 1; page <= both; page++) {
        if (image.shape().isOfLocks(page)) {
          continue;
        }
        published.read(page, one);
        image.read(page, other);
        if (!isSame(page, one, other)) {
          differing++;
          if (pages.size() < MOST_NAMED) {
            pages.add(page);
          }
        }
      }
    }
    return new Finding(published.shape(), image.shape(), differing, List.copyOf(pages));
  }

  private static boolean isSame(long page, byte[] one, byte[] other) {
    return Arrays.equals(one, other)
        || (page == 1 && Arrays.equals(PageHasher.masked(one), PageHasher.masked(other)));
  }
}
