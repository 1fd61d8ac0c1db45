package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.liteferry.test.CallPoints.Call;
import io.liteferry.test.CallPoints.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A restore is durable, by one sync of local's file system where that will do, before it is ready.
 */
@Tag("kills-short")
class RestoreSyncIT {
  private static final int DIRECTORIES = 6;
  private static final int FILES_EACH = 50;
  private static final int NODE = 8;
  private static final int REFUSED = 3;

  /** Where one sync will do; elsewhere each file is synced by itself. */
  private static final Set<String> SYNCED_AT_ONCE = Set.of("ext4", "xfs", "btrfs", "tmpfs");

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;
  private Path state;

  @BeforeAll
  static void mayInterfere() throws Exception {
    CallPoints.require();
  }

  @BeforeEach
  void fillVolume() throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
    state = workplace.root().resolve("local.liteferry");
    for (int d = 0; d < DIRECTORIES; d++) {
      var directory = Files.createDirectory(volume.resolve("d" + d));
      for (int f = 0; f < FILES_EACH; f++) {
        Files.writeString(directory.resolve("f" + f), "text");
      }
    }
    Files.createSymbolicLink(volume.resolve("link"), Path.of("d0"));
    Sql.run(volume.resolve("app.db"), "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)");
  }

  private boolean isSyncedAtOnce() throws IOException {
    return SYNCED_AT_ONCE.contains(Files.getFileStore(local).type());
  }

  private Liteferry.Result restore(Rule rule) throws Exception {
    try (var restore =
        CallPoints.start(workplace.root().resolve("report"), rule, "restore", local, volume)) {
      return restore.awaitEnd();
    }
  }

  @Test
  void restore_manyFiles_areDurableBeforeItIsReady() throws Exception {
    var result = restore(Rule.always("count", Rule.CHANGES, List.of(local, state)));
    assertEquals(0, result.exitCode(), result::toString);

    var calls = CallPoints.calls(workplace.root().resolve("report"));
    int last = lastIndex(calls, call -> changesLocal(call) && !isSync(call));
    int ready = lastIndex(calls, call -> isRenameTo(call, state.resolve("state.json")));
    var synced = calls.subList(0, ready).stream().filter(this::isSyncInLocal).toList();
    if (isSyncedAtOnce()) {
      assertEquals(
          List.of("syncfs " + local, "fsync " + local), synced.stream().map(Call::what).toList());
      assertTrue(calls.indexOf(synced.getFirst()) > last, () -> "after it: " + calls.get(last));
    } else {
      assertTrue(synced.size() > DIRECTORIES * FILES_EACH, synced::toString);
      int end = lastIndex(calls, call -> call.what().equals("fsync " + local));
      assertTrue(end > last, () -> "after it: " + calls.get(last));
    }
    assertEquals(
        TreeListing.of(volume, TreeListing.Detail.CONTENT),
        TreeListing.of(local, TreeListing.Detail.CONTENT));
  }

  /** Each kind of sync by itself: neither may be left to the other. */
  @ParameterizedTest
  @CsvSource({
    "syncfs, EIO",
    "syncfs, ENOSPC",
    "syncfs, EDQUOT",
    "fsync, EIO",
    "fsync, ENOSPC",
    "fsync, EDQUOT"
  })
  void restore_syncFails_isNotReadyUntilTheNext(String call, String error) throws Exception {
    assumeTrue(call.equals("fsync") || isSyncedAtOnce());
    var result = restore(Rule.always(error, call, List.of(local)));
    assertEquals(NODE, result.exitCode(), result::toString);
    assertTrue(result.err().getLast().contains(local.toString()), result::toString);
    var watch = Liteferry.run("watch", local, volume);
    assertEquals(REFUSED, watch.exitCode(), watch::toString);
    var again = Liteferry.run("restore", local, volume);
    assertEquals(0, again.exitCode(), again::toString);
  }

  private static int lastIndex(List<Call> calls, Predicate<Call> wanted) {
    for (int i = calls.size() - 1; i >= 0; i--) {
      if (wanted.test(calls.get(i))) {
        return i;
      }
    }
    throw new AssertionError("no such call of " + calls);
  }

  private boolean changesLocal(Call call) {
    return call.what().contains(" " + local + "/");
  }

  private static boolean isSync(Call call) {
    return Set.of("syncfs", "fsync", "fdatasync").contains(call.name());
  }

  private boolean isSyncInLocal(Call call) {
    return isSync(call) && (changesLocal(call) || call.what().endsWith(" " + local));
  }

  private static boolean isRenameTo(Call call, Path file) {
    return call.name().startsWith("rename") && call.what().endsWith(" " + file);
  }
}
