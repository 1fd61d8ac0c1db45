package io.liteferry.publish;

import java.io.IOException;
import java.io.Serial;

/** The volume cannot be given back as it is without a person's decision. Nothing was changed. */
public final class DetachRefusedException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  DetachRefusedException(String why, String remedy) {
    super(why + ": " + remedy);
  }
}
