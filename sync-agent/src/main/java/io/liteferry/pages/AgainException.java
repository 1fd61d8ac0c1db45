package io.liteferry.pages;

import java.io.IOException;
import java.io.Serial;

/** While a database was read, its log was begun anew: a new transaction is needed. */
final class AgainException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  AgainException() {
    super("its log was begun anew meanwhile");
  }
}
