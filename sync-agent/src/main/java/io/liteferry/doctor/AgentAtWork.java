package io.liteferry.doctor;

import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether an agent uses the state directory, by what the kernel says of locks: to try the lock
 * could turn an agent away that starts now.
 */
record AgentAtWork(Path state) implements Check {
  private static final Path LOCKS = Path.of("/proc/locks");

  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    var file = StateDirectory.lockFile(state);
    if (!Files.exists(file)) {
      return known;
    }
    var inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
    for (var line : Files.readAllLines(LOCKS)) {
      var fields = line.strip().split("\\s+", -1);
      if (line.contains(inode) && fields.length > 4) {
        found.note("one is at work with this state (process %s)".formatted(fields[4]), "");
        break;
      }
    }
    return known;
  }
}
