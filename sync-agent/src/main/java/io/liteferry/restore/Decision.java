package io.liteferry.restore;

import io.liteferry.state.AgentState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What restore does: the decision table of {@code docs/crash-safety.md}, as a pure function. */
public sealed interface Decision {
  /** Neither local nor the volume has anything: a first start. */
  record Nothing() implements Decision {}

  /** Copy the volume to local; what an interrupted restore left there goes first. */
  record CopyAll() implements Decision {}

  /** Local is the same as the volume or newer. */
  record KeepLocal() implements Decision {}

  /** Somebody else published, and local has nothing of its own: replace local. */
  record CopyAgain() implements Decision {}

  /**
   * A crash of the node has set back or damaged databases of local, and everything else of it is
   * published: keep copies of these, with the reasons, and replace local.
   */
  record Recover(SortedMap<Path, String> databases) implements Decision {}

  /** Local has data and the volume is blank: the first pass publishes it. */
  record Adopt() implements Decision {}

  /** Not understood, or not safe. Nothing is changed. */
  record Refuse(String why, String remedy) implements Decision {}

  /** What is known of the volume. */
  record VolumeFacts(
      boolean hasData,
      Optional<String> id,
      Optional<String> publication,
      boolean manifestNamesDatabases) {
    /** Whether databases were published and are not there. */
    boolean hasLostData() {
      return !hasData && manifestNamesDatabases;
    }

    boolean isBlank() {
      return !hasData && publication.isEmpty();
    }
  }

  /**
   * What a crash of the node did to databases that local had published, with the reasons.
   *
   * @param behind older than what was published, for sure, or damaged with nothing newer
   * @param doubtful perhaps older; or damaged, and perhaps with commits of its own
   */
  record Lookback(SortedMap<Path, String> behind, SortedMap<Path, String> doubtful) {
    static final Lookback INTACT = new Lookback(new TreeMap<>(), new TreeMap<>());

    boolean isIntact() {
      return behind.isEmpty() && doubtful.isEmpty();
    }
  }

  /** Answers that take reading to find; asked only where the decision depends on them. */
  interface Comparison {
    /** Whether local differs from what this agent last published or restored. */
    boolean localHasUnpublishedChanges() throws IOException;

    /** Whether somebody else changed a database on the volume since. */
    boolean volumeWasChangedByOthers() throws IOException;

    /** What local lost while the node was down; nothing when it has been up all the time. */
    Lookback localAfterReboot() throws IOException;

    /** Whether anything in local but these databases differs from what the volume has. */
    boolean localHasChangesBeside(Set<Path> databases) throws IOException;
  }

  /** Whether local gets the volume's content. */
  default boolean replacesLocal() {
    return this instanceof CopyAll || this instanceof CopyAgain || this instanceof Recover;
  }

  /**
   * The same where the application may be at work on local: then a local with data is kept.
   *
   * @param rebooted whether the node was booted since state was written: then the application has
   *     not been started, as no start of ours succeeded since
   */
  default Decision keepingLocal(boolean rebooted) {
    if (this instanceof CopyAgain) {
      return new Refuse(
          "somebody else published to the volume, and --keep-local forbids replacing local: the"
              + " application may be at work there",
          "check which side is right, and copy local if it is; then end the application: in"
              + " Kubernetes delete the pod, elsewhere start once without --keep-local");
    }
    if (this instanceof Recover recover && !rebooted) {
      return new Refuse(
          "local is older than the volume or damaged, and --keep-local forbids replacing local,"
              + " as the application may be at work there: "
              + named(recover.databases()),
          "check which side is right, and copy local if it is; then end the application, and"
              + " start once without --keep-local");
    }
    return this;
  }

  /** Decides. */
  static Decision decide(
      boolean localIsEmpty, Optional<AgentState> state, VolumeFacts volume, Comparison comparison)
      throws IOException {
    if (state.isEmpty()) {
      return withoutState(localIsEmpty, volume);
    }
    var known = state.get();
    if (!volume.id().equals(Optional.of(known.volumeId()))) {
      return new Refuse(
          volume.id().isEmpty()
              ? "the volume is not the one that local belongs to: it is not marked as a volume of"
                  + " Liteferry (not mounted, or detached?)"
              : "the volume is not the one that local belongs to (%s, expected %s)"
                  .formatted(volume.id().get(), known.volumeId()),
          "check that the right volume is mounted; to start anew with this volume, move LOCAL's"
              + " content and STATE away");
    }
    return switch (known.phase()) {
      case RESTORING ->
          volume.isBlank() || volume.hasLostData()
              ? new Refuse(
                  "a restore from this volume was interrupted, and now the volume is empty",
                  "check that the right volume is mounted")
              : new CopyAll();
      case READY -> ready(localIsEmpty, known, volume, comparison);
    };
  }

  private static Decision withoutState(boolean localIsEmpty, VolumeFacts volume) {
    if (volume.hasLostData()) {
      return lostData();
    }
    if (localIsEmpty) {
      return volume.hasData() ? new CopyAll() : new Nothing();
    }
    if (volume.isBlank()) {
      return new Adopt();
    }
    return new Refuse(
        "both local and the volume have data, and no state says how they belong together",
        "name the STATE that belongs to LOCAL; without one, to take the volume's data, move LOCAL's"
            + " content away; to take local's, move the volume's content away, with the points in"
            + " .liteferry");
  }

  private static Refuse lostData() {
    return new Refuse(
        "the volume has lost the data that was published to it",
        "bring the data back, or, to start anew, move the volume's .liteferry and STATE away");
  }

  private static Decision ready(
      boolean localIsEmpty, AgentState known, VolumeFacts volume, Comparison comparison)
      throws IOException {
    if (volume.hasLostData()) {
      return lostData();
    }
    if (localIsEmpty) {
      return volume.hasData() ? new CopyAll() : new Nothing();
    }
    boolean manifestIsLost = volume.hasData() && volume.publication().isEmpty();
    boolean sameGeneration = known.knows(volume.publication()) || manifestIsLost;
    if (sameGeneration && (volume.isBlank() || !comparison.volumeWasChangedByOthers())) {
      return volume.hasData() ? afterReboot(comparison) : new KeepLocal();
    }
    if (!volume.hasData()) {
      return lostData();
    }
    if (!comparison.localHasUnpublishedChanges()) {
      return new CopyAgain();
    }
    return new Refuse(
        "somebody else changed the volume, and local has changes that are not on it; both are kept",
        "to take the volume's data, move LOCAL's content away; to take local's, move the volume's"
            + " content and STATE away");
  }

  private static Decision afterReboot(Comparison comparison) throws IOException {
    var found = comparison.localAfterReboot();
    if (found.isIntact()) {
      return new KeepLocal();
    }
    boolean sure = found.doubtful().isEmpty();
    if (sure && !comparison.localHasChangesBeside(found.behind().keySet())) {
      return new Recover(found.behind());
    }
    var all = new TreeMap<>(found.behind());
    all.putAll(found.doubtful());
    return new Refuse(
        "after a crash of the node local %s older than the volume or damaged%s, and both are kept: %s"
            .formatted(
                sure ? "is" : "may be",
                sure ? ", and has other changes that are not on the volume" : "",
                named(all)),
        "copy LOCAL, and check which side is right; to take the volume's data, move LOCAL's"
            + " content away (in Kubernetes, where LOCAL and STATE go with the pod, delete the"
            + " pod); to go on with local as it is, copy the volume's content elsewhere and"
            + " delete the file 'index' in STATE");
  }

  /** For people. */
  static String named(SortedMap<Path, String> databases) {
    return databases.entrySet().stream()
        .map(e -> e.getKey() + " " + e.getValue())
        .collect(Collectors.joining(", "));
  }
}
