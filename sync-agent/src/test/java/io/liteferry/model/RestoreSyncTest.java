package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Durable;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TreeImage;
import io.liteferry.lease.VolumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Local is a model that knows what was synced: a restore has everything durable there, each file by
 * itself, before state says that local is ready.
 */
final class RestoreSyncTest {
  @TempDir(factory = InMemory.class)
  Path directory;

  private final ModelServer volume = new ModelServer();
  private ModelServer node = new ModelServer();

  @BeforeEach
  void fillVolume() throws IOException {
    var root = FaultWalk.rootOf(volume);
    Files.createDirectories(root.resolve("d/below"));
    Files.createDirectories(root.resolve("empty"));
    for (var name : List.of("f", "d/f", "d/below/f")) {
      Files.writeString(root.resolve(name), name);
    }
    Files.createSymbolicLink(root.resolve("d/link"), Path.of("f"));
  }

  private Pod pod() {
    return new Pod(node.mount("local").root(), directory.resolve("state"), volume.mount("volume"));
  }

  private static ModelFileSystem local(Pod pod) {
    return ((ModelPath) pod.local).getFileSystem();
  }

  private boolean isReady() throws IOException {
    var state = directory.resolve("state/state.json");
    return Files.exists(state) && Files.readString(state).contains("\"ready\"");
  }

  /** Whether each crash of the node leaves local as it is. */
  private boolean isDurable() {
    var now = TreeImage.of(FaultWalk.rootOf(node));
    return CrashOutcomes.of(node, 64, 12, new Random(FaultWalk.SEED)).stream()
        .allMatch(left -> TreeImage.of(FaultWalk.rootOf(left)).equals(now));
  }

  private Gate requiringSyncBeforeReady() {
    return request -> {
      try {
        assertTrue(!isReady() || isDurable(), () -> "ready before " + request);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      return Gate.Fate.Passes.ONCE;
    };
  }

  @Test
  void restore_readyMark_comesAfterEverythingIsDurable() throws Exception {
    try (var pod = pod()) {
      local(pod).gate(requiringSyncBeforeReady());
      pod.client.gate(requiringSyncBeforeReady());
      pod.restore();
      assertTrue(isReady() && isDurable());
    }
  }

  /** What the restore removes may lie in directories of which the volume knows nothing. */
  @Test
  void restore_overAnInterruptedOne_makesTheRemovalsDurable() throws Exception {
    try (var pod = pod()) {
      local(pod)
          .gate(
              request ->
                  request.kind() == Request.Kind.SYNC
                      ? new Gate.Fate.Fails(Errno.EIO, false)
                      : Gate.Fate.Passes.ONCE);
      assertThrows(IOException.class, pod::restore);
      assertFalse(isReady());
    }
    var local = FaultWalk.rootOf(node);
    Files.createDirectories(local.resolve("kept/below"));
    Files.writeString(local.resolve("kept/below/f"), "goes");
    Files.writeString(local.resolve("kept/below/.nfs0001"), "never travels");
    Files.writeString(local.resolve("f"), "changes");
    node.syncAll();
    try (var pod = pod()) {
      local(pod).gate(requiringSyncBeforeReady());
      pod.restore();
      assertTrue(isReady() && isDurable());
      assertEquals("f", Files.readString(local.resolve("f")));
      assertEquals(List.of(".nfs0001"), List.copyOf(Durable.names(local.resolve("kept/below"))));
    }
  }

  /** An error of any sync is one of local; nothing is ready, and the next attempt is whole. */
  @Test
  void restore_anySyncFails_isNotReady() throws Exception {
    for (int failing = 1; ; failing++) {
      Site.deleteContent(directory);
      node = new ModelServer();
      var seen = new AtomicInteger();
      int last = failing;
      try (var pod = pod()) {
        local(pod)
            .gate(
                request ->
                    request.kind() == Request.Kind.SYNC && seen.incrementAndGet() == last
                        ? new Gate.Fate.Fails(Errno.EDQUOT, false)
                        : Gate.Fate.Passes.ONCE);
        if (restores(pod)) {
          assertEquals(last - 1, seen.get());
          assertEquals(3 + 4, seen.get(), "files, directories, and local itself");
          return;
        }
        assertFalse(isReady());
        pod.restore();
        assertTrue(isReady() && isDurable());
      }
    }
  }

  /**
   * What could not be written is told once, to a descriptor that was open then: a file that is
   * opened later may come from the disk anew, and knows of nothing.
   */
  @Test
  void restore_onlyWhoWroteIsToldOfTheError_isNotReady() throws Exception {
    for (var failing : List.of("f", "d/f", "d/below/f")) {
      Site.deleteContent(directory);
      node = new ModelServer();
      var openedAnew = new AtomicBoolean();
      try (var pod = pod()) {
        var file = pod.local.resolve(failing);
        local(pod)
            .gate(
                request -> {
                  if (!request.path().equals(file)) {
                    return Gate.Fate.Passes.ONCE;
                  }
                  if (request.kind() == Request.Kind.OPEN) {
                    openedAnew.set(true);
                  }
                  return request.kind() == Request.Kind.SYNC && !openedAnew.get()
                      ? new Gate.Fate.Fails(Errno.EDQUOT, false)
                      : Gate.Fate.Passes.ONCE;
                });
        assertFalse(restores(pod), failing);
        assertFalse(isReady());
      }
    }
  }

  private static boolean restores(Pod pod) throws InterruptedException {
    try {
      pod.restore();
      return true;
    } catch (IOException e) {
      assertEquals(io.liteferry.durable.Errno.EDQUOT, io.liteferry.durable.Errno.of(e));
      assertFalse(e instanceof VolumeException, e::toString);
      return false;
    }
  }
}
