package io.liteferry.lease;

import java.io.Serial;

/** The lease is not to be had as things are, however long one waits. Nothing was changed. */
public final class LeaseRefusedException extends VolumeException {
  @Serial private static final long serialVersionUID = 1;

  LeaseRefusedException(String message) {
    super(message);
  }
}
