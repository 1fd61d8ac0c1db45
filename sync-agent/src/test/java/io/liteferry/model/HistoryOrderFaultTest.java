package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.history.KeptPoint;
import io.liteferry.model.Recording.Script;
import io.liteferry.volume.GenerationFiles;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What users want of the history is cut off at every moment: all else stays what it was, and the
 * order can be given again.
 */
final class HistoryOrderFaultTest {
  private static final int SAMPLE = 40;
  private static final int POINTS = 5;
  private static final Path SECRETS = Path.of("secrets");

  @TempDir(factory = InMemory.class)
  Path directory;

  private static FaultWalk.Start prepare(FaultWalk walk, Application application) throws Exception {
    walk.dropsPoints = true;
    var server = new ModelServer();
    walk.publishPoint(server);
    Files.createDirectory(walk.local.resolve(SECRETS));
    for (int i = 0; i < POINTS; i++) {
      application.keepBusy(i);
      Files.writeString(walk.local.resolve(SECRETS).resolve("token"), "secret " + i);
      Files.writeString(walk.local.resolve(SECRETS).resolve("token " + i), "secret of " + i);
      walk.publishPoint(server);
    }
    return walk.new Start(server);
  }

  private interface Choice {
    HistoryOrder of(List<Long> points);
  }

  private void walk(String name, Choice choice) throws Exception {
    try (var walk = new FaultWalk(directory, name);
        var application = new Application(walk.local)) {
      var start = prepare(walk, application);
      var points = points(start.pod());
      var order = choice.of(points);
      Script script =
          pod -> {
            pod.requireReady();
            pod.publishAll();
            pod.order(order);
          };
      var moments = start.record(script);
      walk.checkSeen(moments);
      for (var moment : walk.sample(moments, SAMPLE)) {
        var server = moment.server().copy();
        walk.goOnHere(server, moment.state(), script, moment.toString());
        requireDone(order, FaultWalk.rootOf(server), moment.toString());
      }
      for (var moment : moments) {
        for (var outcome : walk.sample(walk.checkCrashes(moment), 1, 10)) {
          var again = walk.from(outcome.copy(), moment.state()).record(script);
          walk.checkSeen(walk.sample(again, 3, 20));
        }
      }
    }
  }

  private static List<Long> points(Pod pod) throws IOException {
    var root = FaultWalk.rootOf(pod.client.server());
    pod.die();
    return new KeptTrees(new Volume(root))
        .timeline().points().stream().map(KeptPoint::generation).toList();
  }

  private static void requireDone(HistoryOrder order, Path root, String when) throws IOException {
    var kept = new KeptTrees(new Volume(root)).all();
    switch (order) {
      case HistoryOrder.Pin pin ->
          assertTrue(new GenerationFiles(new Volume(root)).pin(pin.point()).isPresent(), when);
      case HistoryOrder.Unpin unpin ->
          assertTrue(new GenerationFiles(new Volume(root)).pin(unpin.point()).isEmpty(), when);
      case HistoryOrder.DropPoints drop ->
          drop.points().forEach(point -> assertFalse(kept.containsKey(point), when));
      case HistoryOrder.DropPath _ -> {
        try (var names = Files.walk(root.resolve(".liteferry/generations"))) {
          assertFalse(names.anyMatch(name -> name.toString().contains("token")), when);
        }
        var now = KeptTrees.current(new Volume(root));
        kept.forEach(
            (point, tree) ->
                tree.forEach(
                    (path, thing) -> {
                      if (path.startsWith("secrets/") && !thing.equals(now.get(path))) {
                        assertEquals("lost: dropped by the user", thing, when);
                      }
                    }));
      }
    }
  }

  @Test
  void pin_cutOffAtAnyMoment_changesNothingElse() throws Exception {
    walk("pin", points -> new HistoryOrder.Pin(points.getFirst(), "note"));
  }

  @Test
  void drop_pointsCutOffAtAnyMoment_leavesTheOthers() throws Exception {
    walk(
        "drop of points",
        points ->
            new HistoryOrder.DropPoints(
                new TreeSet<>(List.of(points.get(0), points.get(2), points.get(3)))));
  }

  @Test
  void drop_pathCutOffAtAnyMoment_leavesAllElse() throws Exception {
    walk("drop of a path", _ -> new HistoryOrder.DropPath(SECRETS));
  }
}
