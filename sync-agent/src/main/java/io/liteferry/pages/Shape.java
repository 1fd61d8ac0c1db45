package io.liteferry.pages;

/**
 * How large a state of a database is.
 *
 * @param pageSize in bytes, a power of two from 512 to 65536
 * @param pageCount with the page of the locks, if the database reaches it
 */
public record Shape(int pageSize, long pageCount) {
  static final int LEAST_PAGE = 512;
  static final int MOST_PAGE = 65536;

  /** SQLite's locks are bytes from here on, in a file of any kind. */
  private static final long LOCKS_AT = 1L << 30;

  public Shape {
    if (!isPageSize(pageSize) || pageCount < 0) {
      throw new IllegalArgumentException(
          "no database has %d pages of %d".formatted(pageCount, pageSize));
    }
  }

  static boolean isPageSize(long bytes) {
    return bytes >= LEAST_PAGE && bytes <= MOST_PAGE && Long.bitCount(bytes) == 1;
  }

  /** Whether a page is the one of the locks, which SQLite never reads or writes. */
  boolean isOfLocks(long page) {
    return page == LOCKS_AT / pageSize + 1;
  }

  /** How many pages with content there are after a page. */
  long pagesAfter(long page) {
    long locks = LOCKS_AT / pageSize + 1;
    long count = Math.max(0, pageCount - page);
    return page < locks && locks <= pageCount ? count - 1 : count;
  }

  /** Of the database as one file. */
  public long bytes() {
    return pageCount * pageSize;
  }
}
