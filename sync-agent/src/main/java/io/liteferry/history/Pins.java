package io.liteferry.history;

import java.util.Set;

/**
 * Which generations somebody or something wants to stay.
 *
 * @param users what users pinned
 * @param accidents points before what looked like an accident, as a mass deletion
 */
public record Pins(Set<Long> users, Set<Long> accidents) {
  public static final Pins NONE = new Pins(Set.of(), Set.of());

  /** Copies the sets. */
  public Pins {
    users = Set.copyOf(users);
    accidents = Set.copyOf(accidents);
  }
}
