package io.liteferry.restore;

import java.io.IOException;
import java.io.Serial;

/** It is not safe to go on without a person's decision. Nothing was changed. */
public final class RefusedException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  public RefusedException(String why, String remedy) {
    super(why + "; " + remedy);
  }
}
