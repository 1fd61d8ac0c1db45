package io.liteferry.restore;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one restore said and found: it decides twice. For one thread. */
final class Remembered {
  private static final Logger log = LoggerFactory.getLogger(Remembered.class);

  private final Set<String> said = new HashSet<>();

  /** Found once; what a look found amiss is looked at again, as local may be at work. */
  private boolean intactAfterReboot;

  void warnOnce(String message) {
    if (said.add(message)) {
      log.warn("{}", message);
    }
  }

  boolean isIntactAfterReboot() {
    return intactAfterReboot;
  }

  void foundIntactAfterReboot() {
    intactAfterReboot = true;
  }
}
