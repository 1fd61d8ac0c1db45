package io.liteferry.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sees each request that a server executes, from whomever and however late, and finds out when one
 * changes the volume that must not:
 *
 * <ul>
 *   <li>Whatever changes a name outside of staging goes through a staging directory that was
 *       claimed.
 *   <li>From the moment at which an agent was told that it holds an epoch, nothing is executed
 *       through the staging directory of an earlier one.
 * </ul>
 *
 * <p>And of a file that each agent replaces by a number that is greater by one: that no number is
 * missing or doubled, so that each agent begins with what the one before it published.
 */
final class EpochWatch {
  private static final Pattern STAGED = Pattern.compile("/volume/\\.liteferry/staging/([^/]+)/.+");
  private static final String OURS = "/volume/.liteferry";
  private static final Pattern CLAIM = Pattern.compile(OURS + "/epochs/([0-9]+)");

  /** What may be done outside of staging only by renaming, but for directories of our own. */
  private static final Set<Request.Kind> IN_PLACE =
      EnumSet.of(
          Request.Kind.CREATE, Request.Kind.WRITE, Request.Kind.SYMLINK, Request.Kind.REMOVE);

  static final String COUNTER = "counter";

  private final ModelFileSystem observer;
  private final Map<String, Long> epochs = new HashMap<>();
  private long held;
  private boolean dismantled;
  private long counted;
  private int published;
  private @Nullable String failure;
  private Consumer<Path> onPublished = path -> {};

  EpochWatch(ModelServer server) {
    observer = server.mount("watch");
    server.onExecuted(this::executed);
  }

  /** Is told of each name outside of our directory that has a new content, at that moment. */
  EpochWatch onPublished(Consumer<Path> hook) {
    onPublished = hook;
    return this;
  }

  /** An agent was told that it holds an epoch; late, perhaps, when another one holds the next. */
  synchronized void holds(long epoch) {
    held = Math.max(held, epoch);
  }

  /** The highest epoch that was claimed. */
  synchronized long claimed() {
    return epochs.values().stream().mapToLong(epoch -> epoch).max().orElse(0);
  }

  synchronized void fail(String what) {
    if (failure == null) {
      failure = what;
    }
  }

  /** Fails when anything was wrong. */
  synchronized void check(Schedule schedule) {
    if (failure != null) {
      throw new AssertionError(failure + "\n" + schedule.trace());
    }
  }

  synchronized long counted() {
    return counted;
  }

  /** How many names outside of our directory were changed. */
  synchronized int published() {
    return published;
  }

  private synchronized void executed(Request request) {
    if (observer == request.path().getFileSystem()) {
      return;
    }
    var path = request.path().toString();
    var other = request.other() == null ? "" : request.other().toString();
    if (request.kind() == Request.Kind.LINK) {
      var claim = CLAIM.matcher(other);
      var staged = STAGED.matcher(path);
      if (claim.matches() && staged.matches()) {
        epochs.put(staged.group(1), Long.parseLong(claim.group(1)));
      } else if (stagingOf(other).isEmpty()) {
        fail("a link that is no claim: " + request);
      }
    } else if (request.kind() == Request.Kind.RENAME) {
      renamed(request, path, other);
    } else if (IN_PLACE.contains(request.kind())
        && !path.startsWith(OURS + "/staging/")
        && !isDismantling(request, path)) {
      fail("not through staging: " + request);
    }
  }

  /**
   * Whoever detaches puts a file in the place of staging, and may then remove the claims; with the
   * file everything goes, and epochs begin anew.
   */
  private boolean isDismantling(Request request, String path) {
    if (path.equals(OURS + "/staging")) {
      if (request.kind() == Request.Kind.CREATE) {
        dismantled = true;
      } else if (dismantled) {
        dismantled = false;
        held = 0;
        epochs.clear();
      }
      return true;
    }
    return request.kind() == Request.Kind.REMOVE
        && (path.equals(OURS) || (dismantled && path.startsWith(OURS + "/epochs")));
  }

  private void renamed(Request request, String path, String other) {
    boolean publishes = !STAGED.matcher(other).matches();
    var through = stagingOf(publishes ? path : other);
    if (through.isEmpty()) {
      fail("not through staging: " + request);
      return;
    }
    var epoch = epochs.get(through.get());
    if (epoch == null) {
      fail("through staging that was not claimed: " + request);
      return;
    }
    if (epoch < held) {
      fail("executed for epoch %d, while %d is held: %s".formatted(epoch, held, request));
    }
    if (other.equals("/volume/" + COUNTER)) {
      count(request);
    }
    if (!(publishes ? other : path).startsWith(OURS)) {
      published++;
    }
    if (publishes) {
      onPublished.accept(observer.getPath(other));
    }
  }

  private static Optional<String> stagingOf(String path) {
    var matcher = STAGED.matcher(path);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private void count(Request request) {
    try {
      long now = count(observer.root());
      if (now != counted + 1) {
        fail("%d after %d: %s".formatted(now, counted, request));
      }
      counted = now;
    } catch (IOException e) {
      fail(e.toString());
    }
  }

  /** The number that is published; 0 when there is none. */
  static long count(Path root) throws IOException {
    try {
      return Long.parseLong(Files.readString(root.resolve(COUNTER)));
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}
