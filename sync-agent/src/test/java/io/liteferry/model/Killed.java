package io.liteferry.model;

import java.io.Serial;

/**
 * The process that called does not exist any more. An error, so that no code of the product takes
 * it for a failure that it could handle; what handlers of its do nevertheless reaches no volume.
 */
final class Killed extends Error {
  @Serial private static final long serialVersionUID = 1;

  Killed() {
    super("killed", null, false, false);
  }
}
