package io.liteferry.pages;

import java.io.IOException;
import java.io.Serial;

/** A rule of the capture does not hold: the database is to be published whole. */
final class WholeException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  WholeException(String why) {
    super(why);
  }
}
