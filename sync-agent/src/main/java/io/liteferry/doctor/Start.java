package io.liteferry.doctor;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.restore.Decision;
import io.liteferry.restore.RefusedException;
import io.liteferry.restore.RestoreProgress;
import io.liteferry.restore.RestoreSite;
import io.liteferry.restore.Restorer;
import io.liteferry.sqlite.DatabaseCheck;
import java.io.IOException;
import java.time.Duration;

/** What {@code run} would begin with. */
record Start(RestoreSite site, int transfers) implements Check {
  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    if (known.volume().isEmpty()) {
      return known;
    }
    var totals = known.volume().get().totals();
    var restorer =
        new Restorer(
            site,
            new DatabaseCheck(DatabaseCheck.Level.NONE, Duration.ofMinutes(1)),
            transfers,
            new RestoreProgress(),
            () -> {
              throw new IllegalStateException("this command only looks");
            });
    try {
      switch (restorer.preview()) {
        case Decision.Nothing nothing ->
            found.ok("local and the volume are empty: run would" + " start from nothing");
        case Decision.CopyAll copy -> found.ok("run would copy the volume to local: " + totals);
        case Decision.CopyAgain copy ->
            found.note(
                "run would replace local with the volume, which is newer: " + totals,
                "everything in local was published");
        case Decision.Recover recover -> // not looked for here: it takes room in STATE
            found.note("run would replace local with the volume, which is newer", "");
        case Decision.KeepLocal keep ->
            found.ok("run would keep local: it is the same as the volume or newer");
        case Decision.Adopt adopt ->
            found.ok("run would publish local to the volume, which has no data");
        case Decision.Refuse refuse ->
            found.problem("run would refuse: " + refuse.why(), refuse.remedy());
      }
    } catch (RefusedException e) {
      var message = String.valueOf(e.getMessage());
      int end = message.indexOf("; ");
      found.problem(
          "run would refuse: " + (end < 0 ? message : message.substring(0, end)),
          end < 0 ? "" : message.substring(end + 2));
    } catch (DamagedFileException e) {
      found.warning(
          "%s: run goes on if local is empty or the same as the volume, else refuses"
              .formatted(e.getMessage()),
          "see 'Refused' in docs/operations.md");
    }
    return known;
  }
}
