package io.liteferry.model;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Local and the volume are two models with the same paths, and any operation fails on one of them:
 * the error is told as that side's. SQLite needs real files, so there is no database.
 */
final class SideFaultTest {
  private static final List<Errno> ERRORS = List.of(Errno.EIO, Errno.ENOSPC, Errno.EACCES);

  /** How many operations of each side fail, unless all do. */
  private static final int SAMPLE = 20;

  @TempDir(factory = InMemory.class)
  Path directory;

  private final Random random = new Random(FaultWalk.SEED);
  private ModelServer node = new ModelServer();
  private ModelServer volume = new ModelServer();
  private SortedMap<String, byte[]> stateFiles = new TreeMap<>();

  /** Where something fails. */
  private enum Side {
    LOCAL,
    VOLUME
  }

  /** What an agent does. */
  @FunctionalInterface
  private interface Work {
    Set<Problem.Kind> by(Pod pod) throws IOException, InterruptedException;
  }

  private static final Work PASS =
      pod -> {
        pod.requireReady();
        var kinds = EnumSet.noneOf(Problem.Kind.class);
        for (int i = 0; i < 2; i++) {
          pod.pass().problems().values().forEach(problem -> kinds.add(problem.kind()));
        }
        return kinds;
      };

  private static final Work RESTORE =
      pod -> {
        pod.restore();
        return Set.of();
      };

  @BeforeEach
  void publishFirstVersion() throws Exception {
    var local = FaultWalk.rootOf(node);
    Files.createDirectories(local.resolve("d/below"));
    for (var name : List.of("same", "changed", "gone", "renamed", "d/below/f")) {
      Files.writeString(local.resolve(name), name);
    }
    Files.createSymbolicLink(local.resolve("link"), Path.of("same"));
    try (var pod = pod(node, volume)) {
      assertEquals(Set.of(), PASS.by(pod));
      pod.stop();
    }
    stateFiles = Pod.stateFiles(directory.resolve("state"));
  }

  private Pod pod(ModelServer node, ModelServer volume) {
    return new Pod(node.mount("local").root(), directory.resolve("state"), volume.mount("volume"));
  }

  private void workOn() throws IOException {
    var local = FaultWalk.rootOf(node);
    Files.writeString(local.resolve("changed"), "changed, and longer");
    Files.delete(local.resolve("gone"));
    Files.move(local.resolve("renamed"), local.resolve("d/renamed"), ATOMIC_MOVE);
    Files.createDirectories(local.resolve("new/below"));
    Files.writeString(local.resolve("new/below/f"), "new");
    Files.createSymbolicLink(local.resolve("new/link"), Path.of("below"));
  }

  private static ModelFileSystem client(Pod pod, Side side) {
    return side == Side.LOCAL ? ((ModelPath) pod.local).getFileSystem() : pod.client;
  }

  private List<Request> requests(Work work, Side side) throws Exception {
    var all = new ArrayList<Request>();
    Pod.putState(directory.resolve("state"), stateFiles);
    try (var pod = pod(node.copy(), volume.copy())) {
      client(pod, side)
          .gate(
              request -> {
                all.add(request);
                return Gate.Fate.Passes.ONCE;
              });
      work.by(pod);
    }
    return all;
  }

  private void failAnywhere(Work work, Side side) throws Exception {
    int told = 0;
    var requests = requests(work, side);
    for (int i = Extent.of(SAMPLE, requests.size()); i > 0; i--) {
      var request = requests.get(Extent.isFull() ? i - 1 : random.nextInt(requests.size()));
      for (var errno : ERRORS) {
        var when = "%s of %s at %s, seed %d".formatted(errno, side, request, FaultWalk.SEED);
        Pod.putState(directory.resolve("state"), stateFiles);
        try (var pod = pod(node.copy(), volume.copy())) {
          client(pod, side).gate(Faults.once(request.number(), new Gate.Fate.Fails(errno, false)));
          var kinds = work.by(pod);
          told += kinds.size();
          requireOf(side, kinds, when);
        } catch (IOException e) {
          told++;
          assertEquals(
              side == Side.VOLUME, e instanceof VolumeException, () -> when + " threw " + e);
        }
      }
    }
    assertTrue(told > 0, "no error was told");
  }

  private static void requireOf(Side side, Set<Problem.Kind> kinds, String when) {
    var ofSide =
        side == Side.LOCAL
            ? EnumSet.of(Problem.Kind.UNREADABLE)
            : EnumSet.of(Problem.Kind.REFUSED, Problem.Kind.NO_ROOM);
    assertTrue(ofSide.containsAll(kinds), () -> when + " told " + kinds);
  }

  @Test
  void pass_errorInLocal_isToldOfLocal() throws Exception {
    workOn();
    failAnywhere(PASS, Side.LOCAL);
  }

  @Test
  void pass_errorOnTheVolume_isToldOfTheVolume() throws Exception {
    workOn();
    failAnywhere(PASS, Side.VOLUME);
  }

  @Test
  void restore_errorInLocal_isToldOfLocal() throws Exception {
    loseNode();
    failAnywhere(RESTORE, Side.LOCAL);
  }

  @Test
  void restore_errorOnTheVolume_isToldOfTheVolume() throws Exception {
    loseNode();
    failAnywhere(RESTORE, Side.VOLUME);
  }

  private void loseNode() {
    node = new ModelServer();
    stateFiles = new TreeMap<>();
  }
}
