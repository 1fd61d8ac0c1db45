package io.liteferry.doctor;

import io.liteferry.publish.Amount;
import io.liteferry.restore.RestoreSite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether there is room for what an agent writes.
 *
 * @param transfers how many files are on their way to the volume at once
 * @param limits that local and state may have besides
 */
record Room(RestoreSite site, int transfers, Limits limits) implements Check {
  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    if (known.local().isEmpty() || known.volume().isEmpty()) {
      return known;
    }
    var here = known.local().get();
    var there = known.volume().get();
    long databases = Math.max(here.bytesOfDatabases(), there.bytesOfDatabases());
    var state = Probe.existing(site.state().path());
    compare(found, "state", state, databases, "a copy of every database");
    long staged = here.bytesOfDatabases() + transfers * here.largestFile();
    boolean first = there.totals().databases() + there.totals().files() == 0;
    compare(
        found,
        "volume",
        site.volume().root(),
        first ? here.totals().bytes() + staged : staged,
        first ? "all of local, and copies in staging" : "a second copy of every database");
    if (here.totals().bytes() == 0 && there.totals().bytes() > 0) {
      compare(found, "local", site.local(), there.totals().bytes(), "all of the volume");
    }
    long data = Math.max(here.totals().bytes(), there.totals().bytes());
    limit(found, "local", limits.local(), data, "all of the data");
    limit(found, "state", limits.state(), databases, "a copy of every database");
    return known;
  }

  private static void compare(Findings found, String name, Path directory, long needed, String what)
      throws IOException {
    var store = Files.getFileStore(directory);
    if (store.getTotalSpace() == 0) {
      found.note(name + " does not tell how much is free", "");
      return;
    }
    long free = store.getUsableSpace();
    judge(
        found,
        "%s has %s free; %s needed for %s"
            .formatted(name, Amount.ofBytes(free), Amount.ofBytes(needed), what),
        free,
        needed,
        "make room, or give a larger disk");
  }

  private static void limit(
      Findings found, String name, Optional<Long> limit, long needed, String what) {
    limit.ifPresent(
        bytes ->
            judge(
                found,
                "%s may take %s; %s needed for %s"
                    .formatted(name, Amount.ofBytes(bytes), Amount.ofBytes(needed), what),
                bytes,
                needed,
                "raise its limit, or give none: a pod that exceeds one is evicted, with what is"
                    + " unpublished"));
  }

  private static void judge(Findings found, String text, long room, long needed, String remedy) {
    if (room < needed) {
      found.problem(text, remedy);
    } else if (room < 2 * needed) {
      found.note(text, "little is left when the databases grow");
    } else {
      found.ok(text);
    }
  }
}
