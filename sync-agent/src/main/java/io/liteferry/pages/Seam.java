package io.liteferry.pages;

import java.io.IOException;

/** Where tests show that each rule is needed. */
interface Seam {
  /** As in production. */
  Seam NONE = new Seam() {};

  /** Whether to go on as if a rule held. */
  default boolean ignores(Rule rule) {
    return false;
  }

  /** Called within the transaction, after the wal-index was read and before each page is. */
  default void meanwhile() throws IOException {}
}
