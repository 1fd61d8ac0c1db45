package io.liteferry.volume;

import java.io.IOException;
import java.io.Serial;

/** What a user wants of the history is not to be done. Nothing was changed. */
public final class HistoryRefusedException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  public HistoryRefusedException(String why, String remedy) {
    super(why + "; " + remedy);
  }
}
