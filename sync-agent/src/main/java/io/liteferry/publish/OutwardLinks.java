package io.liteferry.publish;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.liteferry.durable.Errno;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Stamp;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Symbolic links of local that lead out of it. The link travels; what it leads to does not, and is
 * lost with the node.
 *
 * <p>What is outside is looked at and no more: attributes, and the first bytes of regular files, in
 * a directory those of the first few. It can be on a mount that hangs, so that is done by a thread
 * that nobody waits for longer than {@link #PATIENCE}. For one thread, except {@link #sayAtEnd}.
 */
public final class OutwardLinks {
  private static final Logger log = LoggerFactory.getLogger(OutwardLinks.class);

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** What a link leads to can change without the link. */
  private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final int MOST_NAMES = 2000;
  private static final int MOST_LEVELS = 3;

  /** Nothing shorter is a database. It also leaves out the kernel's files, which have no size. */
  private static final int LEAST_DATABASE = 512;

  private static final List<Path> OF_THE_KERNEL = List.of(Path.of("/proc"), Path.of("/sys"));

  private final Path local;
  private final List<Path> ours;
  private final Clock clock;
  private final Map<Path, Looked> looked = new HashMap<>();
  private @Nullable Thread hanging;
  private volatile SortedMap<Path, Target> last = Collections.emptySortedMap();

  private record Looked(Stamp stamp, long at, Optional<Target> target) {}

  /** What a link leads to. */
  public record Target(Path path, Kind kind) {
    /** Whether a database is lost with the node. */
    public boolean hasDatabase() {
      return kind == Kind.DATABASE || kind == Kind.DIRECTORY_WITH_DATABASE;
    }

    /** For people. */
    @Override
    public String toString() {
      return path + " (" + kind.text + ")";
    }
  }

  /** The kinds of target that are told apart. */
  public enum Kind {
    FILE("a file"),
    DIRECTORY("a directory"),
    DATABASE("a database"),
    DIRECTORY_WITH_DATABASE("a directory with a database"),
    /** It is outside by its name, and cannot be seen. */
    UNSEEN("which the agent cannot see");

    private final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  /**
   * Prepares it; looks at nothing yet.
   *
   * @param ours directories in which nothing is opened: SQLite has files there open
   */
  public OutwardLinks(Path local, Collection<Path> ours, Clock clock) {
    this.local = local;
    this.ours = List.copyOf(ours);
    this.clock = clock;
  }

  /** Those among the links that travel, by path. One that leads nowhere is none. */
  public SortedMap<Path, Target> of(Inventory inventory) throws InterruptedException {
    long now = Inventory.nanos(clock);
    var links = new HashSet<Path>();
    var due = new ArrayList<Entry>();
    for (var item : inventory.items().values()) {
      var entry = item.entry();
      if (entry.kind() == Entry.Kind.LINK) {
        links.add(entry.path());
        @Nullable Looked known = looked.get(entry.path());
        if (known == null
            || !known.stamp().equals(entry.stamp())
            || Math.abs(now - known.at()) >= AGAIN_NANOS) {
          due.add(entry);
        }
      }
    }
    looked.keySet().retainAll(links);
    if (!due.isEmpty()) {
      var answers = ask(due);
      for (var entry : due) {
        var path = entry.path();
        var target =
            answers.containsKey(path) ? Objects.requireNonNull(answers.get(path)) : byName(path);
        looked.put(path, new Looked(entry.stamp(), now, target));
      }
    }
    var leaving = new TreeMap<Path, Target>();
    looked.forEach((path, look) -> look.target().ifPresent(target -> leaving.put(path, target)));
    last = Collections.unmodifiableSortedMap(leaving);
    return last;
  }

  /** What is not answered in time is not in it. */
  private Map<Path, Optional<Target>> ask(List<Entry> links) throws InterruptedException {
    var answers = new ConcurrentHashMap<Path, Optional<Target>>();
    if (hanging != null && hanging.isAlive()) {
      return answers;
    }
    var goesOn = new AtomicBoolean(true);
    var thread =
        Thread.ofPlatform()
            .name("links")
            .daemon()
            .start(
                () -> {
                  for (var link : links) {
                    if (goesOn.get()) {
                      answers.put(link.path(), look(link.path(), goesOn));
                    }
                  }
                });
    hanging = thread;
    thread.join(PATIENCE);
    goesOn.set(false); // from here on SQLite may have files open that it must not open and close
    return answers;
  }

  private Optional<Target> look(Path link, AtomicBoolean goesOn) {
    try {
      var real = local.resolve(link).toRealPath();
      if (real.startsWith(local.toRealPath()) || isAtOrBelow(real, OF_THE_KERNEL)) {
        return Optional.empty();
      }
      var attributes = attributes(real);
      if (attributes.isDirectory()) {
        return Optional.of(
            new Target(
                real, hasDatabase(real, goesOn) ? Kind.DIRECTORY_WITH_DATABASE : Kind.DIRECTORY));
      }
      return attributes.isRegularFile()
          ? Optional.of(new Target(real, isDatabase(real, attributes) ? Kind.DATABASE : Kind.FILE))
          : Optional.empty();
    } catch (FileSystemLoopException e) {
      return Optional.empty();
    } catch (FileSystemException e) {
      return Errno.of(e).isNothingThere() ? Optional.empty() : byName(link);
    } catch (IOException e) {
      return byName(link);
    }
  }

  /** What cannot be seen counts as outside when its name says so, and as nothing else. */
  private Optional<Target> byName(Path link) {
    try {
      var file = local.resolve(link);
      var target = file.resolveSibling(Files.readSymbolicLink(file)).normalize();
      return target.startsWith(local)
          ? Optional.empty()
          : Optional.of(new Target(target, Kind.UNSEEN));
    } catch (IOException e) {
      return Optional.empty(); // gone, or no link any more
    }
  }

  private boolean hasDatabase(Path top, AtomicBoolean goesOn) {
    var pending = new ArrayDeque<Path>();
    pending.add(top);
    int names = 0;
    while (!pending.isEmpty()) {
      var directory = pending.remove();
      try (var found = Files.newDirectoryStream(directory)) {
        for (var path : found) {
          if (!goesOn.get() || ++names > MOST_NAMES) {
            return false;
          }
          if (isAtOrBelow(path, OF_THE_KERNEL) || isAtOrBelow(path, ours)) {
            continue;
          }
          var attributes = attributes(path);
          if (isDatabase(path, attributes)) {
            return true;
          }
          if (attributes.isDirectory() && path.getNameCount() - top.getNameCount() < MOST_LEVELS) {
            pending.add(path);
          }
        }
      } catch (IOException | DirectoryIteratorException e) {
        log.debug("{} cannot be looked at", directory, e); // it is named in any case
      }
    }
    return false;
  }

  private boolean isDatabase(Path file, BasicFileAttributes attributes) {
    try {
      return attributes.isRegularFile()
          && attributes.size() >= LEAST_DATABASE
          && !isAtOrBelow(file, ours)
          && DatabaseHeader.read(file).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
  }

  private static boolean isAtOrBelow(Path path, List<Path> any) {
    return any.stream().anyMatch(path::startsWith);
  }

  /** Looks, and says what was not said before: each database by itself, the rest in one line. */
  void note(Inventory inventory, Notices notices) throws InterruptedException {
    var leaving = of(inventory);
    notices.retainOf("leaving ", leaving.keySet());
    var others = new TreeMap<Path, Target>();
    leaving.forEach(
        (path, target) ->
            notices.once(
                "leaving " + path,
                () -> {
                  if (target.hasDatabase()) {
                    log.error(
                        "{} is a symbolic link out of LOCAL, to {}: that is NOT on the volume,"
                            + " and lost with the node; move it into LOCAL",
                        path,
                        target);
                  } else {
                    others.put(path, target);
                  }
                }));
    if (!others.isEmpty()) {
      log.warn(
          "symbolic links lead out of LOCAL, to what is not on the volume and lost with the node:"
              + " {}",
          shown(others));
    }
  }

  /** Says once more what the volume does not have. For any thread. */
  public void sayAtEnd() {
    var leaving = last;
    if (leaving.isEmpty()) {
      return;
    }
    var databases = new TreeMap<>(leaving);
    databases.values().removeIf(target -> !target.hasDatabase());
    if (databases.isEmpty()) {
      log.warn("not on the volume, as symbolic links lead out of LOCAL: {}", shown(leaving));
    } else {
      var others = new TreeMap<>(leaving);
      others.keySet().removeAll(databases.keySet());
      log.error(
          "NOT on the volume, as symbolic links lead out of LOCAL: {}{}",
          shown(databases),
          others.isEmpty() ? "" : "; and " + shown(others));
    }
  }

  private static String shown(SortedMap<Path, Target> leaving) {
    return Amount.some(
        leaving.entrySet().stream().map(e -> e.getKey() + " -> " + e.getValue()).toList());
  }
}
