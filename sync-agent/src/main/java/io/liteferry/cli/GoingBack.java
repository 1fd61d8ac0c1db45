package io.liteferry.cli;

import io.liteferry.durable.UniqueName;
import io.liteferry.history.PointSpec;
import io.liteferry.restore.Rollback;
import java.io.IOException;

/**
 * A point that a start is to go back to.
 *
 * @param times by which it is found
 * @param id of the request; empty when it is to be carried out each time
 */
record GoingBack(PointSpec spec, boolean nearest, TimeOptions times, String id) {
  void run(Rollback rollback, Rollback.Scope scope) throws IOException, InterruptedException {
    Rollback.Choice choice = history -> times.resolve(history, spec, nearest);
    if (id.isEmpty()) {
      rollback.back(choice, "by hand " + UniqueName.make(), scope);
    } else {
      var _ = rollback.backOnce(choice, id, scope);
    }
  }

  /** The id of a request for a point, as a user wrote both. */
  static String id(String at, String request) {
    return at + "#" + request;
  }
}
