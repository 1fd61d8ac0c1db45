package io.liteferry.pages;

/**
 * Hashes pages by their content and number, so that two pages that change places are seen. What the
 * backup API sets anew in page 1 counts as zeros: two images of one state have equal hashes. For
 * one thread at a time.
 */
final class PageHasher {
  /** In page 1: the change counter, the schema cookie, and of which change the size is, by whom. */
  private static final int[][] SET_ANEW = {{24, 28}, {40, 44}, {92, 100}};

  private final Xxh3 xxh3 = new Xxh3();
  private final long key;

  /** As all agents hash, so that what they name by it is the same. */
  PageHasher() {
    this(0);
  }

  /**
   * With a key, without which nobody can make two contents that have the same hash.
   *
   * @param key secret, and random
   */
  PageHasher(long key) {
    this.key = key;
  }

  /**
   * The hash of a whole page.
   *
   * @param page its number, from 1
   */
  PageHash of(long page, byte[] content) {
    return exact(page, page == 1 ? masked(content) : content);
  }

  /** As {@link #of}, with nothing left out. */
  PageHash exact(long page, byte[] content) {
    return part(page, content, 0, content.length);
  }

  /** As {@link #exact}, of a part of an array. */
  PageHash part(long page, byte[] data, int from, int length) {
    return xxh3.of(data, from, length, key + page);
  }

  /** Page 1 without what the backup API sets anew. */
  static byte[] masked(byte[] first) {
    var masked = first.clone();
    for (var range : SET_ANEW) {
      for (int i = range[0]; i < range[1]; i++) {
        masked[i] = 0;
      }
    }
    return masked;
  }
}
