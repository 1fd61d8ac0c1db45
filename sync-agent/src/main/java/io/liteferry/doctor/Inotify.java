package io.liteferry.doctor;

import io.liteferry.watch.TreeWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the kernel lets an agent watch all of local. */
record Inotify(Path local) implements Check {
  private static final Path MOST_WATCHES = Path.of("/proc/sys/fs/inotify/max_user_watches");

  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    if (known.local().isEmpty()) {
      return known;
    }
    long here = known.local().get().totals().directories();
    long there = known.volume().map(content -> content.totals().directories()).orElse(0L);
    long directories = 1 + Math.max(here, there); // with the root
    long most = mostWatches();
    var text = "directories: %d; fs.inotify.max_user_watches: %d".formatted(directories, most);
    var remedy = "raise it on the node; without watches the agent finds changes only by scanning";
    if (directories >= most) {
      found.warning(text, remedy);
    } else if (directories > most / 2) {
      found.note(text + ", for all processes of this user", remedy);
    } else {
      found.ok(text);
    }
    try (var watch = TreeWatch.open(local, () -> {})) {
      watch.cover(local);
    } catch (IOException e) {
      found.warning(
          "the agent cannot use it: %s; it finds changes only by scanning"
              .formatted(e.getMessage()),
          "raise fs.inotify.max_user_instances on the node");
    }
    return known;
  }

  /** The kernel gives a number to the first read alone, and that of a file of size 0 is short. */
  private static long mostWatches() throws IOException {
    try (var file = Files.newBufferedReader(MOST_WATCHES)) {
      return Long.parseLong(String.valueOf(file.readLine()).strip());
    }
  }
}
