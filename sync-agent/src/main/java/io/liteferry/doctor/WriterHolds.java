package io.liteferry.doctor;

import io.liteferry.durable.PortableName;
import io.liteferry.durable.User;
import io.liteferry.publish.Amount;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** For how long a snapshot of each database holds its writers up, and whether it may be read. */
record WriterHolds(Path local) implements Check {
  private static final int MOST_DATABASES = 20;
  private static final long READ_BYTES = 64L << 20;

  /** Longer than this a writer with SQLite's usual patience may be told that it is locked out. */
  private static final double LONG_HOLD = 5;

  private static final double NOTABLE_HOLD = 0.5;

  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    if (known.local().isEmpty()) {
      return known;
    }
    int self = User.id();
    int shown = 0;
    var content = known.local().get();
    for (var path : content.inventory().databases()) {
      var header = DatabaseHeader.read(local.resolve(path));
      if (header.isEmpty()) {
        continue; // replaced since
      }
      var entry = content.entry(path);
      var name = PortableName.of(path);
      var size = Amount.ofBytes(entry.stamp().size());
      if (!header.get().wal()) {
        double seconds =
            secondsToRead(path, entry.stamp().size())
                + (known.bytesPerSecond() > 0 ? entry.stamp().size() / known.bytesPerSecond() : 0);
        addRollback(found, "%s, %s".formatted(name, size), seconds);
      } else if (self != 0 && self != entry.uid()) {
        found.problem(
            "%s, in WAL mode, belongs to user %d: doctor does not read it, as that would lock its owner out"
                .formatted(name, entry.uid()),
            "run the agent as user " + entry.uid());
      } else if (shown++ < MOST_DATABASES) {
        found.ok("%s, %s, WAL: writers are not held up".formatted(name, size));
      }
    }
    if (shown > MOST_DATABASES) {
      found.ok("and %d more like it".formatted(shown - MOST_DATABASES));
    }
    return known;
  }

  private static void addRollback(Findings found, String database, double seconds) {
    var text =
        "%s, rollback journal: a snapshot holds writers up for about %s"
            .formatted(
                database,
                seconds < 1
                    ? "%d ms".formatted((long) (seconds * 1000) + 1)
                    : "%.1f s".formatted(seconds));
    var remedy = "set a longer busy timeout in the application, or WAL mode";
    if (seconds >= LONG_HOLD) {
      found.warning(text, remedy + "; a longer --max-delay makes it rarer");
    } else if (seconds >= NOTABLE_HOLD) {
      found.note(text, remedy);
    } else {
      found.ok(text);
    }
  }

  /** SQLite has it open in another process: POSIX locks of another process are not ours to lose. */
  private double secondsToRead(Path path, long size) throws IOException {
    var buffer = ByteBuffer.allocate(1 << 20);
    long read = 0;
    long begun = System.nanoTime();
    try (var in = FileChannel.open(local.resolve(path), StandardOpenOption.READ)) {
      int n = 0;
      while (n >= 0 && read < READ_BYTES) {
        read += n;
        n = in.read(buffer.clear());
      }
    }
    double seconds = Math.max(1e-9, (System.nanoTime() - begun) / 1e9);
    return size * seconds / Math.max(1, read);
  }
}
