package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.history.Budget;
import io.liteferry.history.RetentionPolicy;
import io.liteferry.model.Recording.Moment;
import io.liteferry.model.Recording.Script;
import io.liteferry.publish.FormSettings;
import io.liteferry.scan.PathFilter;
import io.liteferry.volume.KeepSettings;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Databases are published by segments and folded, in turn, cut off at every moment. A fold is due
 * whenever a plain file is behind.
 */
final class SegmentFaultTest {
  @TempDir(factory = InMemory.class)
  Path directory;

  private static final int SAMPLE = 12;

  /** So many requests at least are for the reading of parts and the making of what is staged. */
  private static final int BEFORE_T5 = 60;

  private static final FormSettings SEGMENTS = new FormSettings(true, Duration.ZERO, 0, 1_000_000);

  private static final Script SECOND =
      pod -> {
        pod.requireReady();
        pod.publishAll();
      };

  private static final Script THIN =
      pod -> {
        pod.requireReady();
        pod.publishAll();
        pod.thin();
      };

  private static final KeepSettings FEW =
      new KeepSettings(
          new RetentionPolicy(Duration.ZERO, 1, 0, 0, Budget.parse("1GiB")),
          1 << 20,
          PathFilter.ALL,
          ZoneId.of("UTC"));

  private static final FormSettings UNFOLDED =
      new FormSettings(true, Duration.ofDays(1), 0, 1_000_000);

  /** The newest point and the one before; of segments ahead of a plain file, the newest stays. */
  private static final KeepSettings MERGED =
      new KeepSettings(FEW.policy(), FEW.fileBytes(), FEW.filter(), FEW.zone(), 1);

  private FaultWalk.Start prepare(FaultWalk walk, Application application) throws Exception {
    walk.form = SEGMENTS;
    return walk.new Start(application.publishPoints(walk));
  }

  private List<Moment> record(FaultWalk walk, Application application, Script script)
      throws Exception {
    var moments = prepare(walk, application).record(script);
    walk.requireSteps(
        EnumSet.of(Step.NONE, Step.G2, Step.G4, Step.P4, Step.P5, Step.S1, Step.P6, Step.P8));
    return moments;
  }

  @Test
  void pass_killedAtAnyMoment_isSoundAndTheNextStartCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a pass with segments");
        var application = new Application(walk.local)) {
      var moments = record(walk, application, SECOND);
      walk.checkSeen(moments);
      new Continuations(walk).afterKills(moments, SAMPLE);
    }
  }

  @Test
  void pass_volumeCrashesAtAnyMoment_isSoundAndTheNextStartCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "crash in a pass with segments");
        var application = new Application(walk.local)) {
      var moments = record(walk, application, SECOND);
      new Continuations(walk).afterCrashes(walk.sample(moments, 120));
      walk.checkCrashes(moments.getLast(), walk.contract.onlyLast());
    }
  }

  @Test
  void pass_anyErrorAtAnyOperation_isSoundAndALaterPassCompletesIt() throws Exception {
    try (var walk = new FaultWalk(directory, "error in a pass with segments");
        var application = new Application(walk.local)) {
      var start = prepare(walk, application);
      new Continuations(walk).afterErrors(start, SECOND, 60);
    }
  }

  /** An earlier version would take the plain file for all there is. */
  @Test
  void pass_firstSegmentOfAVolume_neverLacksItsFormat() throws Exception {
    try (var walk = new FaultWalk(directory, "the first segment of a volume");
        var application = new Application(walk.local)) {
      var server = new ModelServer();
      for (int i = 0; i < 2; i++) {
        walk.publishPoint(server);
        application.keepBusy(i);
      }
      assertTrue(isOfFormat(2, server), "a volume without segments");
      walk.contract.addVersion(walk.local);
      walk.form = UNFOLDED;
      var moments = walk.new Start(server).record(SECOND);
      assertTrue(hasSegments(moments.getLast().server()));
      for (var moment : moments) {
        assertMarked(moment.server(), moment.toString());
      }
      for (var moment : walk.sample(moments, 40)) {
        walk.goOnHere(moment.server().copy(), moment.state(), moment.toString());
        for (var outcome : walk.checkCrashes(moment)) {
          assertMarked(outcome, moment + ", crashed");
        }
        for (var outcome : walk.sample(walk.checkCrashes(moment), 1)) {
          walk.goOnElsewhere(outcome.copy(), moment + ", crashed");
        }
      }
    }
  }

  private static void assertMarked(ModelServer server, String when) throws IOException {
    assertTrue(!hasSegments(server) || isOfFormat(3, server), when);
  }

  private static boolean isOfFormat(int format, ModelServer server) throws IOException {
    var marker = new Volume(FaultWalk.rootOf(server)).markerFile();
    return Files.readString(marker).contains("\"format\": " + format);
  }

  private static boolean hasSegments(ModelServer server) throws IOException {
    return !segments(server).isEmpty();
  }

  private static Set<String> segments(ModelServer server) throws IOException {
    var pages = new Volume(FaultWalk.rootOf(server)).pages();
    if (!Files.exists(pages)) {
      return Set.of();
    }
    try (var all = Files.walk(pages)) {
      return all.map(Path::toString)
          .filter(file -> file.endsWith(".wal"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static boolean isThere(Set<String> segments, Moment moment) {
    try {
      return segments(moment.server()).equals(segments);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Whoever restored relies on it, also when the volume crashes after that. */
  @Test
  void restore_ofSegmentsThatNobodySynced_makesThemDurable() throws Exception {
    try (var walk = new FaultWalk(directory, "a restore of segments that were not synced");
        var application = new Application(walk.local)) {
      walk.form = UNFOLDED;
      var server = new ModelServer();
      for (int i = 0; i < 2; i++) {
        walk.publishPoint(server);
        application.keepBusy(i);
      }
      var moments = new ArrayList<>(walk.new Start(server).record(SECOND));
      var last = segments(moments.getLast().server());
      moments.removeIf(moment -> !isThere(last, moment));
      int restored = 0;
      for (var moment : walk.sample(moments, 6)) {
        var volume = moment.server().copy();
        var home = directory.resolve("restored" + restored++);
        var local = Files.createDirectories(home.resolve("local"));
        try (var pod = new Pod(local, home.resolve("state"), volume.mount("other"))) {
          pod.restore();
        }
        for (var left : CrashOutcomes.of(volume, 64, 12, new Random(FaultWalk.SEED))) {
          assertEquals(segments(volume), segments(left), moment::toString);
        }
      }
    }
  }

  @Test
  void thin_volumeCrashesAtAnyMoment_offersWhatWas() throws Exception {
    try (var walk = new FaultWalk(directory, "crash in thinning of segments");
        var application = new Application(walk.local)) {
      walk.dropsPoints = true;
      var start = prepare(walk, application);
      walk.keep = FEW;
      for (var moment : walk.sample(start.record(THIN), 60)) {
        for (var outcome : walk.sample(walk.checkCrashes(moment), 1, 10)) {
          walk.checkSeen(walk.sample(walk.from(outcome.copy(), moment.state()).record(THIN), 2));
        }
      }
    }
  }

  /** What only segments have is not lost when nothing is to be kept from now on. */
  @Test
  void pass_nothingIsKeptFromNowOn_losesNothingAtAnyMoment() throws Exception {
    try (var walk = new FaultWalk(directory, "a pass that keeps nothing, over segments");
        var application = new Application(walk.local)) {
      walk.form = UNFOLDED;
      var server = new ModelServer();
      for (int i = 0; i < 3; i++) {
        application.keepBusy(i);
        walk.publish(server); // no point is left
      }
      server.syncAll();
      walk.contract.addVersion(walk.local); // nothing older may be had from now on
      walk.keep = KeepSettings.NONE;
      application.workOn();
      walk.contract.addVersion(walk.local);
      var moments = walk.new Start(server).record(SECOND);
      for (var moment : walk.sample(moments, 60)) {
        walk.goOnHere(moment.server().copy(), moment.state(), moment.toString());
        walk.goOnElsewhere(moment.server().copy(), moment.toString());
        for (var outcome : walk.sample(walk.checkCrashes(moment), 1, 10)) {
          walk.goOnElsewhere(outcome.copy(), moment + ", crashed");
          walk.goOnHere(outcome.copy(), moment.state(), moment + ", crashed");
        }
      }
    }
  }

  /** The file cannot be replaced for a while: what segments lead to is there all the same. */
  @Test
  void pass_foldFailsAtItsRenameAgainAndAgain_keepsWhatSegmentsLeadTo() throws Exception {
    try (var walk = new FaultWalk(directory, "folds that fail at their renames");
        var application = new Application(walk.local)) {
      walk.form = UNFOLDED;
      var server = new ModelServer();
      for (int i = 0; i < 3; i++) {
        application.keepBusy(i);
        walk.publish(server);
      }
      walk.contract.addVersion(walk.local); // nothing older may be had from now on
      walk.form = SEGMENTS;
      for (int i = 0; i < 4; i++) {
        var pod = walk.pod(server, "pod" + i);
        pod.client.gate(
            request ->
                request.kind() == Request.Kind.RENAME
                        && String.valueOf(request.other()).endsWith(".db")
                        && !String.valueOf(request.other()).contains("/.liteferry/")
                    ? new Gate.Fate.Fails(Errno.EACCES, false)
                    : Gate.Fate.Passes.ONCE);
        try {
          pod.requireReady();
          pod.publishAll();
        } catch (IOException e) {
          // as long as it is refused
        } finally {
          pod.client.gate(Gate.OPEN);
          pod.close();
        }
        assertNamesWhatIsThere(server, "after pass " + i);
        walk.goOnElsewhere(server.copy(), "after pass " + i);
      }
      var pod = walk.pod(server, "last");
      pod.requireReady();
      assertTrue(pod.publishAll());
      pod.stop();
      walk.goOnElsewhere(server.copy(), "in the end");
    }
  }

  private static void assertNamesWhatIsThere(ModelServer server, String when) throws IOException {
    var volume = new Volume(FaultWalk.rootOf(server));
    for (var database : volume.manifest().orElseThrow().databases().entrySet()) {
      var found = volume.digest(database.getKey());
      assertTrue(database.getValue().names(found), () -> when + ": " + database);
    }
  }

  /** Segments behind a plain file and ahead of it, of which all but a few may become one. */
  private FaultWalk.Start prepareToMerge(FaultWalk walk, Application application) throws Exception {
    walk.dropsPoints = true;
    var server = new ModelServer();
    for (int i = 0; i < 9; i++) {
      walk.form = i == 4 ? SEGMENTS : UNFOLDED;
      application.keepBusy(i);
      walk.publishPoint(server);
    }
    walk.keep = MERGED;
    return walk.new Start(server);
  }

  private static List<Moment> merging(List<Moment> all) {
    return all.stream().dropWhile(moment -> moment.step() != Step.T5).toList();
  }

  @Test
  void merge_killedAtAnyMoment_offersWhatWasAndTheNextStartGoesOn() throws Exception {
    try (var walk = new FaultWalk(directory, "kill in a merge of segments");
        var application = new Application(walk.local)) {
      var moments = prepareToMerge(walk, application).record(THIN);
      walk.requireSteps(EnumSet.of(Step.T4, Step.T5));
      walk.checkSeen(moments);
      new Continuations(walk).afterKills(merging(moments), SAMPLE, THIN);
    }
  }

  @Test
  void merge_volumeCrashesAtAnyMoment_offersWhatWas() throws Exception {
    try (var walk = new FaultWalk(directory, "crash in a merge of segments");
        var application = new Application(walk.local)) {
      for (var moment : walk.sample(merging(prepareToMerge(walk, application).record(THIN)), 40)) {
        for (var outcome : walk.sample(walk.checkCrashes(moment), 1, 10)) {
          walk.checkSeen(walk.sample(walk.from(outcome.copy(), moment.state()).record(THIN), 2));
        }
      }
    }
  }

  @Test
  void merge_anyErrorAtAnyOperation_offersWhatWas() throws Exception {
    try (var walk = new FaultWalk(directory, "error in a merge of segments");
        var application = new Application(walk.local)) {
      var start = prepareToMerge(walk, application);
      var all = start.requests(THIN);
      int merged = 0;
      for (var step = Step.NONE; step != Step.T5; merged++) {
        step = Step.after(all.get(merged), step);
      }
      var due = all.subList(merged - BEFORE_T5, all.size());
      for (var request : walk.sample(due, 60)) {
        for (var fault : walk.sample(Faults.of(request.kind()), 1)) {
          walk.failAndGoOn(
              start, THIN, Faults.once(request.number(), fault), request + " " + fault);
        }
      }
    }
  }
}
