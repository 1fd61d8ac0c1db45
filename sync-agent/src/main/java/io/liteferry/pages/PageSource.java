package io.liteferry.pages;

import java.io.IOException;

/** A state of a database, page by page. For one thread at a time; fastest in ascending order. */
public interface PageSource {
  Shape shape();

  /**
   * Reads a page.
   *
   * @param page its number, from 1 to the number of pages, and not the one of the locks
   * @param into as long as a page
   */
  void read(long page, byte[] into) throws IOException;

  /** Its identity, which takes a read of all pages. */
  default Identity identity() throws IOException {
    var hasher = new PageHasher();
    var content = new byte[shape().pageSize()];
    var sum = HashSum.ZERO;
    for (long page = 1; page <= shape().pageCount(); page++) {
      if (!shape().isOfLocks(page)) {
        read(page, content);
        sum = sum.plus(hasher.of(page, content));
      }
    }
    return Identity.of(shape(), sum);
  }
}
