package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.KeptTrees;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What was on a volume when agents said that it is complete: it can be had again later. */
final class KeptPoints {
  private final SortedMap<Long, SortedMap<String, String>> acknowledged = new TreeMap<>();

  /** What was there whenever a manifest became complete, acknowledged or not. */
  private final Set<SortedMap<String, String>> complete = new HashSet<>();

  private int checks;

  /** What a full volume had no room for, and what users gave up; it says so. */
  private static final Set<String> GIVEN_UP =
      Set.of("lost: the volume was full", "lost: dropped by the user");

  /** How many trees were compared. */
  int checks() {
    return checks;
  }

  /** What the volume has now is a point. */
  synchronized void acknowledge(Path root) throws IOException {
    var volume = new Volume(root);
    var manifest = volume.manifest().orElseThrow();
    assertTrue(manifest.complete());
    acknowledged.put(manifest.generation(), KeptTrees.current(volume));
  }

  /** From now on no point may be offered but what a manifest of a server says is complete. */
  void watch(ModelServer server) {
    server.afterManifest(this::noteComplete);
  }

  private synchronized void noteComplete(ModelServer server) {
    try {
      var volume = new Volume(FaultWalk.rootOf(server));
      if (volume.manifestIfReadable().filter(Manifest::complete).isPresent()) {
        complete.add(KeptTrees.current(volume));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireComplete(SortedMap<Long, SortedMap<String, String>> kept, String when) {
    kept.forEach(
        (generation, tree) ->
            assertTrue(
                complete.isEmpty() || complete.stream().anyMatch(c -> isSameBut(c, tree)),
                () -> when + ": point " + generation + " never was: " + tree));
  }

  /** Whether a point is what was there, but for what was given up. */
  private static boolean isSameBut(SortedMap<String, String> was, SortedMap<String, String> is) {
    return was.keySet().equals(is.keySet())
        && is.entrySet().stream()
            .allMatch(
                thing ->
                    GIVEN_UP.contains(thing.getValue())
                        || thing.getValue().equals(was.get(thing.getKey())));
  }

  /** Fails unless each point is there, and is what it was. */
  synchronized void check(Path root, String when) throws IOException {
    var kept = acknowledged.isEmpty() ? acknowledged : new KeptTrees(new Volume(root)).all();
    requireComplete(kept, when);
    acknowledged.forEach(
        (generation, tree) -> {
          checks++;
          assertEquals(tree, kept.get(generation), when + ": point " + generation);
        });
  }

  /** The same where points are dropped: of those that are offered, and of the newest. */
  synchronized void checkOffered(Path root, String when) throws IOException {
    var kept = new KeptTrees(new Volume(root)).all();
    requireComplete(kept, when);
    acknowledged.forEach(
        (generation, tree) -> {
          if (kept.containsKey(generation) || generation.equals(acknowledged.lastKey())) {
            checks++;
            var found = new TreeMap<>(kept.getOrDefault(generation, new TreeMap<>()));
            found.replaceAll((name, thing) -> GIVEN_UP.contains(thing) ? tree.get(name) : thing);
            assertEquals(tree, found, when + ": point " + generation);
          }
        });
  }
}
