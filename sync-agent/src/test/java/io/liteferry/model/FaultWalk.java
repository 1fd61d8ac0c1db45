package io.liteferry.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.lease.VolumeException;
import io.liteferry.model.Recording.Moment;
import io.liteferry.model.Recording.Script;
import io.liteferry.publish.FormSettings;
import io.liteferry.restore.RefusedException;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;

/**
 * Walks through the faults of a run: what each leaves on the volume must keep the contract, and the
 * next agent must be able to go on from it.
 *
 * <p>Unless {@link Extent} is full, a sample of the moments and errors is drawn, from a seed that
 * {@code -Dliteferry.test.seed} sets and each message names.
 */
final class FaultWalk implements AutoCloseable {
  static final long SEED = Long.getLong("liteferry.test.seed", 20260101L);

  /** Up to how many combinations of unsynced things all are tried. */
  private static final int EXHAUSTIVE = 64;

  /** How many passes may be needed once the faults are over. */
  private static final int ATTEMPTS = 3;

  /** How many combinations are drawn when there are more. */
  private static final int DRAWN = 12;

  final Path local;
  final Path state;
  final Contract contract;
  final KeptPoints points = new KeptPoints();
  final Random random = new Random(SEED);

  /** Whether points may be missing, but for the newest. */
  boolean dropsPoints;

  /** What the agents keep. */
  KeepSettings keep = KeepSettings.DEFAULT;

  /** In which form they publish databases. */
  FormSettings form = FormSettings.WHOLE;

  private final Quiet quiet = new Quiet();
  private final Path otherLocal;
  private final Path otherState;
  private final String name;
  private final Map<Step, Integer> moments = new EnumMap<>(Step.class);
  private int outcomes;
  private int continued;
  private int faults;
  private int restored;

  /**
   * Prepares directories.
   *
   * @param directory empty, on a real disk
   * @param name for people, in messages
   */
  FaultWalk(Path directory, String name) throws IOException {
    this.name = name;
    local = Files.createDirectory(directory.resolve("local"));
    state = directory.resolve("state");
    otherLocal = Files.createDirectory(directory.resolve("other-local"));
    otherState = directory.resolve("other-state");
    contract = new Contract(Files.createDirectory(directory.resolve("scratch")));
  }

  Pod pod(ModelServer server, String client) {
    points.watch(server);
    return new Pod(local, state, server.mount(client)).keeping(keep).publishing(form);
  }

  static Path rootOf(ModelServer server) {
    return server.mount("observer").root();
  }

  /** Brings everything of local onto the volume, as an agent that is then stopped. */
  void publish(ModelServer server) throws IOException, InterruptedException {
    var pod = pod(server, "first");
    pod.requireReady();
    pod.publishAll();
    pod.stop();
  }

  /** The same, and it is relied upon from now on. */
  void publishPoint(ModelServer server) throws IOException, InterruptedException {
    publish(server);
    contract.addVersion(local);
    points.acknowledge(rootOf(server));
    server.syncAll();
  }

  /** A run that begins where another one was cut off. */
  Start from(ModelServer server, SortedMap<String, byte[]> stateFiles) throws IOException {
    Pod.putState(state, stateFiles);
    return new Start(server);
  }

  /** Runs a script from its beginning, as often as wanted: the volume and state are put back. */
  final class Start {
    private final ModelServer server;
    private final SortedMap<String, byte[]> before;

    Start(ModelServer server) throws IOException {
      this.server = server.copy();
      before = Pod.stateFiles(state);
    }

    Pod pod() throws IOException {
      Pod.putState(state, before);
      return FaultWalk.this.pod(server.copy(), "agent");
    }

    /** The requests of a run without faults. */
    List<Request> requests(Script script) throws IOException, InterruptedException {
      var all = new ArrayList<Request>();
      var pod = pod();
      pod.client.gate(
          request -> {
            all.add(request);
            return Gate.Fate.Passes.ONCE;
          });
      script.run(pod);
      pod.die();
      return all;
    }

    List<Moment> record(Script script) throws IOException, InterruptedException {
      var pod = pod();
      var found = Recording.of(pod, script);
      pod.die();
      count(found);
      return found;
    }
  }

  private void count(List<Moment> found) {
    found.forEach(moment -> moments.merge(moment.step(), 1, Integer::sum));
  }

  private void checkPoints(Path root, String when) throws IOException {
    if (dropsPoints) {
      points.checkOffered(root, when);
    } else {
      points.check(root, when);
    }
  }

  /** Each of these steps was among the moments recorded. */
  void requireSteps(Set<Step> steps) {
    assertTrue(moments.keySet().containsAll(steps), () -> "moments: " + moments);
  }

  /**
   * Runs a script with faults, then without them until it succeeds: the volume keeps the contract
   * throughout, and is what local is at the end.
   */
  void failAndGoOn(Start start, Script script, Gate gate, String when)
      throws IOException, InterruptedException {
    faults++;
    var pod = start.pod();
    pod.client.gate(gate);
    try {
      try {
        script.run(pod);
      } catch (IOException e) {
        requireOfVolume(e, when);
      }
      contract.check(rootOf(pod.client.server()), when, pod.reported());
      checkPoints(rootOf(pod.client.server()), when);
      pod.client.gate(Gate.OPEN);
      for (int i = 0; i < ATTEMPTS && !runTolerantly(pod, script, when); i++) {}
      requireEqual(pod, when);
      pod.stop();
    } catch (RuntimeException e) {
      throw new AssertionError(when + ": " + e, e);
    } finally {
      pod.close();
    }
    requireTidy(pod.client.server(), when);
  }

  private static boolean runTolerantly(Pod pod, Script script, String when)
      throws InterruptedException {
    try {
      script.run(pod);
      return true;
    } catch (RefusedException e) {
      throw new AssertionError(when + ": refused for good: " + e, e);
    } catch (IOException e) {
      requireOfVolume(e, when);
      return false;
    }
  }

  /**
   * Only the volume fails here, and it is told so; where nothing at all is to be seen, it is
   * refused, as it should be.
   */
  private static void requireOfVolume(IOException e, String when) {
    assertTrue(
        e instanceof VolumeException || e instanceof RefusedException,
        () -> when + ": is taken for an error of the node: " + e);
  }

  /** What everybody sees at a moment keeps the contract, and no version comes back. */
  void checkSeen(List<Moment> found) throws IOException {
    for (var moment : found) {
      contract.check(rootOf(moment.server()), moment.toString());
      checkPoints(rootOf(moment.server()), moment.toString());
    }
  }

  /** The volumes that a crash of the server at a moment could leave; each keeps the contract. */
  List<ModelServer> checkCrashes(Moment moment) throws IOException {
    return checkCrashes(moment, contract);
  }

  List<ModelServer> checkCrashes(Moment moment, Contract contract) throws IOException {
    return checkCrashes(
        moment,
        contract,
        CrashOutcomes.of(
            moment.server(), Extent.of(EXHAUSTIVE, 1024), Extent.of(DRAWN, 64), random));
  }

  /** As {@link #checkCrashes(Moment)}, but as many as in a sample also when nothing is left out. */
  List<ModelServer> checkSomeCrashes(Moment moment) throws IOException {
    return checkCrashes(moment, contract, someCrashes(moment.server()));
  }

  /** What a crash could leave, as many as in a sample also when nothing is left out. */
  List<ModelServer> someCrashes(ModelServer server) {
    return CrashOutcomes.of(
        server, Extent.of(EXHAUSTIVE, EXHAUSTIVE), Extent.of(DRAWN, DRAWN), random);
  }

  private List<ModelServer> checkCrashes(Moment moment, Contract contract, List<ModelServer> found)
      throws IOException {
    int i = 0;
    for (var outcome : found) {
      var when = "%s, outcome %d of %d, seed %d".formatted(moment, i++, found.size(), SEED);
      contract.check(rootOf(outcome), when);
      checkPoints(rootOf(outcome), when);
    }
    outcomes += found.size();
    return found;
  }

  /** All, or as many as asked for, drawn at random. */
  <T> List<T> sample(List<T> all, int most) {
    return sample(all, most, Integer.MAX_VALUE);
  }

  /** As many as asked for, or more when nothing else is left out, drawn at random. */
  <T> List<T> sample(List<T> all, int otherwise, int whenFull) {
    int most = Extent.of(otherwise, whenFull);
    if (all.size() <= most) {
      return all;
    }
    var drawn = new ArrayList<>(all);
    Collections.shuffle(drawn, random);
    return drawn.subList(0, most);
  }

  /** The same node goes on: afterwards the volume is what local is, and nothing is left over. */
  void goOnHere(ModelServer server, SortedMap<String, byte[]> stateFiles, String when)
      throws IOException, InterruptedException {
    goOnHere(server, stateFiles, Pod::requireReady, when);
  }

  /** The same, where more is due at the start. */
  void goOnHere(ModelServer server, SortedMap<String, byte[]> stateFiles, Script start, String when)
      throws IOException, InterruptedException {
    continued++;
    Pod.putState(state, stateFiles);
    var next = pod(server, "next");
    try {
      start.run(next);
      assertTrue(next.publishAll(), when + ": the next start does not come to an end");
      requireEqual(next, when);
      var again = next.pass();
      assertFalse(again.changedVolume(), when + ": a second pass had something to do");
      next.stop();
    } catch (IOException | RuntimeException e) {
      throw new AssertionError(when + ": the next start fails: " + e, e);
    } finally {
      next.close();
    }
    requireTidy(server, when);
  }

  void requireEqual(Pod pod, String when) throws IOException {
    assertEquals(
        render(contract.image(pod.local)),
        render(contract.image(rootOf(pod.client.server()))),
        when);
    contract.check(rootOf(pod.client.server()), when);
    checkPoints(rootOf(pod.client.server()), when);
  }

  private static String render(SortedMap<String, String> image) {
    var text = new StringBuilder();
    image.forEach((path, thing) -> text.append(path).append(": ").append(thing).append('\n'));
    return text.toString();
  }

  /** Nothing of ours is left on the volume but what is to stay. */
  private static void requireTidy(ModelServer server, String when) throws IOException {
    var staging = rootOf(server).resolve(".liteferry/staging");
    try (var left = Files.newDirectoryStream(staging)) {
      for (var path : left) {
        assertFalse(Files.isDirectory(path), when + ": " + path + " is left over");
      }
    }
  }

  /**
   * Another node restores and is killed before one of its requests: it is not ready before it is
   * complete, and the next start completes it.
   *
   * @return whether the restore got so far
   */
  boolean restoreKilledAt(int request, ModelServer server, String when)
      throws IOException, InterruptedException {
    Site.deleteContent(otherLocal);
    Site.deleteContent(otherState);
    var victim = new Pod(otherLocal, otherState, server.mount("victim")).publishing(form);
    victim.client.gate(Faults.once(request, new Gate.Fate.Dies(false)));
    boolean killed = false;
    try {
      victim.restore();
    } catch (Killed e) {
      killed = true;
    }
    victim.die();
    restored++;
    contract.check(rootOf(server), when);
    var next = new Pod(otherLocal, otherState, server.mount("next")).publishing(form);
    try {
      next.requireReady();
      contract.onlyLast().check(otherLocal, when + ", said to be ready");
    } catch (RefusedException e) {
      // as it should be while local is incomplete
    }
    next.restore();
    requireRestored(next, when);
    next.stop();
    return killed;
  }

  /** Another node restores while requests fail; its next attempt succeeds. */
  void restoreFailing(Gate gate, ModelServer server, String when)
      throws IOException, InterruptedException {
    faults++;
    Site.deleteContent(otherLocal);
    Site.deleteContent(otherState);
    var other = new Pod(otherLocal, otherState, server.mount("agent")).publishing(form);
    other.client.gate(gate);
    try {
      boolean done = runTolerantly(other, Pod::restore, when);
      contract.check(rootOf(server), when);
      other.client.gate(Gate.OPEN);
      for (int i = 0; i < ATTEMPTS && !done; i++) {
        done = runTolerantly(other, Pod::restore, when);
      }
      requireRestored(other, when);
      other.stop();
    } finally {
      other.close();
    }
  }

  /** What a restore on another node asks of the volume; every step asks something. */
  List<RestoreSteps.Sent> requestsOfRestore(ModelServer server)
      throws IOException, InterruptedException {
    Site.deleteContent(otherLocal);
    Site.deleteContent(otherState);
    var all = new ArrayList<RestoreSteps.Sent>();
    var steps = new RestoreSteps();
    var other = new Pod(otherLocal, otherState, server.copy().mount("agent")).publishing(form);
    other.client.gate(
        request -> {
          all.add(steps.next(request, isRestoring(otherState)));
          return Gate.Fate.Passes.ONCE;
        });
    other.restore();
    other.client.gate(Gate.OPEN);
    other.stop();
    System.out.printf("%s: requests by step %s%n", name, steps.counts());
    assertEquals(EnumSet.allOf(RestoreSteps.Step.class), steps.counts().keySet());
    return all;
  }

  private static boolean isRestoring(Path state) {
    try {
      return Pod.stateFiles(state).entrySet().stream()
          .anyMatch(
              file ->
                  file.getKey().equals("state.json")
                      && new String(file.getValue(), UTF_8).contains("restoring"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireRestored(Pod other, String when) throws IOException {
    contract.onlyLast().check(other.local, when);
    assertEquals(
        render(contract.image(rootOf(other.client.server()))),
        render(contract.image(other.local)),
        when);
  }

  /** The node is lost: another one restores, and has what the volume has. */
  void goOnElsewhere(ModelServer server, String when) throws IOException, InterruptedException {
    goOnElsewhere(server, Pod::restore, when);
  }

  /** The same, where more than a restore is due at the start. */
  void goOnElsewhere(ModelServer server, Script start, String when)
      throws IOException, InterruptedException {
    restored++;
    Site.deleteContent(otherLocal);
    Site.deleteContent(otherState);
    points.watch(server);
    var other = new Pod(otherLocal, otherState, server.mount("other")).publishing(form);
    try {
      start.run(other);
      contract.check(otherLocal, when + ", restored elsewhere");
      assertTrue(other.publishAll());
      requireEqual(other, when + ", restored elsewhere");
      other.stop();
    } catch (IOException | RuntimeException e) {
      throw new AssertionError(when + ": another node cannot restore: " + e, e);
    } finally {
      other.close();
    }
  }

  /** Another node restores, its application relies on what is there, and the volume crashes. */
  void workElsewhereAndCrash(ModelServer server) throws IOException, InterruptedException {
    restored++;
    Site.deleteContent(otherLocal);
    Site.deleteContent(otherState);
    var other = new Pod(otherLocal, otherState, server.mount("other")).publishing(form);
    other.restore();
    Application.nameWhatIsThere(otherLocal);
    var found = Recording.of(other, Pod::publishAll);
    other.die();
    count(found);
    for (var moment : sample(found, 3, 20)) {
      checkCrashes(moment, contract.and(otherLocal), someCrashes(moment.server()));
    }
  }

  /** Says what was walked through, for docs/evidence.md. */
  @Override
  public void close() {
    quiet.close();
    System.out.printf(
        "%s: %d moments %s, %d outcomes of crashes, %d checks, %d of points, %d runs with errors,"
            + " %d continuations on the node, %d on another (%s, seed %d)%n",
        name,
        moments.values().stream().mapToInt(n -> n).sum(),
        moments,
        outcomes,
        contract.checks(),
        points.checks(),
        faults,
        continued,
        restored,
        Extent.ASKED,
        SEED);
  }
}
