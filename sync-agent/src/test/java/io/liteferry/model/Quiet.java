package io.liteferry.model;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps the agents' log lines away while thousands of them run. */
final class Quiet implements AutoCloseable {
  private final Logger ours = Logger.getLogger("io.liteferry");
  private final Level before = ours.getLevel();

  Quiet() {
    ours.setLevel(Level.OFF);
  }

  @Override
  public void close() {
    ours.setLevel(before);
  }
}
