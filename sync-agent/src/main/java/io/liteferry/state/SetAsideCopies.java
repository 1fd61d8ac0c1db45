package io.liteferry.state;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** In state: numbered directories with copies of what restores took out of local. */
record SetAsideCopies(Path state) {
  private static final Pattern NAME = Pattern.compile("[1-9][0-9]{0,8}");

  private Path directory() {
    return state.resolve("set-aside");
  }

  /** The oldest first. */
  List<Path> all() throws IOException {
    if (!Durable.isDirectory(directory())) {
      return List.of();
    }
    return Durable.list(directory()).stream()
        .filter(kept -> NAME.matcher(kept.getFileName().toString()).matches())
        .sorted(Comparator.comparing(SetAsideCopies::numberOf))
        .toList();
  }

  private static int numberOf(Path kept) {
    return Integer.parseInt(kept.getFileName().toString());
  }

  /** Makes the names durable of all that was kept. */
  void sync() throws IOException {
    Durable.syncDirectory(directory());
    Durable.syncDirectory(state);
  }

  /** Moves complete and synced copies here; durable when this returns. */
  Path keep(Path copies, int most) throws IOException {
    Files.createDirectories(directory());
    var before = all();
    int next = before.isEmpty() ? 1 : numberOf(before.getLast()) + 1;
    var kept = directory().resolve(String.valueOf(next));
    Durable.rename(copies, kept);
    sync();
    for (var old : before.subList(0, Math.max(0, before.size() + 1 - most))) {
      Durable.empty(old);
      Files.delete(old);
    }
    return kept;
  }
}
