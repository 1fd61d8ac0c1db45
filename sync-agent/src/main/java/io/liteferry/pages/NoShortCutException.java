package io.liteferry.pages;

import java.io.Serial;

/** A rule of the short cut through the log does not hold: all pages are to be read. */
final class NoShortCutException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  NoShortCutException(Rule rule) {
    super(rule.otherwise());
  }
}
