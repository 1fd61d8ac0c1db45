package io.liteferry.agent;

import io.liteferry.volume.HistoryKeeper;

/** What became of an order for the volume's history. */
public sealed interface OrderResult {
  /** It was carried out, durably. */
  record Done(HistoryKeeper.Done what) implements OrderResult {}

  /** It is not to be done; nothing was changed. */
  record Refused(String why) implements OrderResult {}

  /** The volume failed; it may have been carried out in part, and can be given again. */
  record Failed(String why) implements OrderResult {}

  /** The agent made its last pass before. */
  record Ended(String why) implements OrderResult {}
}
