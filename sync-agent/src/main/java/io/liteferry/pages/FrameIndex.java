package io.liteferry.pages;

import java.util.Arrays;

/**
 * Where in a log the last content of each page is: 12 bytes for each frame that was added. First
 * all frames are added, then it is asked.
 */
final class FrameIndex {
  private static final int FIRST_ROOM = 64;
  private static final long LOW_32 = 0xffffffffL;

  /** The page above, the number of the addition below. */
  private long[] keys = new long[FIRST_ROOM];

  private int[] slots = new int[FIRST_ROOM];
  private int added;

  /** How many different pages there are: so many keys are in order once it is known. */
  private int distinct = -1;

  /**
   * Adds a frame that is later than those before.
   *
   * @param page of 31 bits
   * @param slot of 32 bits
   */
  void add(long page, long slot) {
    if (added == keys.length) {
      keys = Arrays.copyOf(keys, 2 * added);
      slots = Arrays.copyOf(slots, 2 * added);
    }
    keys[added] = page << Integer.SIZE | added;
    slots[added] = (int) slot;
    added++;
  }

  int added() {
    return added;
  }

  /** Takes back what was added after a number of frames; before anything was asked for. */
  void shortenTo(int frames) {
    added = frames;
  }

  /** The pages that have a frame, in ascending order. */
  long[] pages() {
    sort();
    var pages = new long[distinct];
    for (int i = 0; i < distinct; i++) {
      pages[i] = keys[i] >>> Integer.SIZE;
    }
    return pages;
  }

  /** The slot of a page's last frame; 0 when it has none. */
  long slot(long page) {
    sort();
    int found = Arrays.binarySearch(keys, 0, distinct, page << Integer.SIZE | LOW_32);
    int at = found >= 0 ? found : -found - 2; // the last key of the page, or of one before it
    return at >= 0 && keys[at] >>> Integer.SIZE == page
        ? Integer.toUnsignedLong(slots[(int) keys[at]])
        : 0;
  }

  private void sort() {
    if (distinct >= 0) {
      return;
    }
    Arrays.sort(keys, 0, added);
    int last = 0;
    for (int i = 0; i < added; i++) {
      if (i + 1 == added || keys[i + 1] >>> Integer.SIZE != keys[i] >>> Integer.SIZE) {
        keys[last++] = keys[i];
      }
    }
    distinct = last;
  }
}
