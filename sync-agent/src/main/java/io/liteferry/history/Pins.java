package io.liteferry.history;

import java.util.HashSet;
import java.util.Set;

/**
 * Which generations somebody or something wants to stay.
 *
 * @param users what users pinned
 * @param accidents points before what looked like an accident, as a mass deletion
 * @param rollbacks points before a rollback
 */
public record Pins(Set<Long> users, Set<Long> accidents, Set<Long> rollbacks) {
  public static final Pins NONE = new Pins(Set.of(), Set.of(), Set.of());

  /** Copies the sets. */
  public Pins {
    users = Set.copyOf(users);
    accidents = Set.copyOf(accidents);
    rollbacks = Set.copyOf(rollbacks);
  }

  /** What {@code users} pinned, and what records say. */
  public static Pins of(Set<Long> users, Timeline timeline) {
    var accidents = new HashSet<Long>();
    var rollbacks = new HashSet<Long>();
    for (var header : timeline.inForce()) {
      if (!header.accidents().isEmpty()) {
        (header.isOnlyRollback() ? rollbacks : accidents).add(header.after());
      }
    }
    return new Pins(users, accidents, rollbacks);
  }
}
