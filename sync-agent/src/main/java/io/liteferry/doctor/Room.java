package io.liteferry.doctor;

import io.liteferry.publish.Amount;
import io.liteferry.restore.RestoreSite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether there is room for what an agent writes.
 *
 * @param transfers how many files are on their way to the volume at once
 */
record Room(RestoreSite site, int transfers) implements Check {
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
    return known;
  }

  private static void compare(Findings found, String name, Path directory, long needed, String what)
      throws IOException {
    var store = Files.getFileStore(directory);
    long free = store.getUsableSpace();
    var text =
        "%s has %s free; %s needed for %s"
            .formatted(name, Amount.ofBytes(free), Amount.ofBytes(needed), what);
    if (store.getTotalSpace() == 0) {
      found.note(name + " does not tell how much is free", "");
    } else if (free < needed) {
      found.problem(text, "make room, or give a larger disk");
    } else if (free < 2 * needed) {
      found.note(text, "little is left when the databases grow");
    } else {
      found.ok(text);
    }
  }
}
