package io.liteferry.model;

import java.util.regex.Pattern;

/** The steps of docs/crash-safety.md, as they show in what is asked of the volume. */
enum Step {
  /** Nothing was changed yet. */
  NONE,
  /** A staging directory is there; L2 writes into it. */
  L1,
  /** Claimed. */
  L3,
  /** Earlier holders' directories become files. */
  L5,
  /** Old claims and heartbeats are forgotten. */
  L6,
  /** A volume without an id has one. */
  MARKED,
  /** Second names of what is replaced or removed, before there is a record of it. */
  G2,
  /** The record of what is about to be changed. */
  G4,
  /** Files, links and directories. */
  P4,
  /** A database over the side files of a direct use. */
  F2,
  /** These side files go. */
  F3,
  /** The manifest that is not complete. */
  P5,
  /** A segment of a database, and what follows before a plain file is replaced. */
  S1,
  /** Databases, and the copies that are kept of them. */
  P6,
  /** Deletions. */
  P7,
  /** The complete manifest. */
  P8,
  /** What no point needs goes; records that do are at the step before. */
  T4,
  /** A segment in place of several. */
  T5;

  private static final String OWN = ".liteferry/";
  private static final Pattern STAGING = Pattern.compile(".*\\.liteferry/staging/[^/]+");
  private static final Pattern HOME = Pattern.compile(".*\\.liteferry/pages/[^/]+");
  private static final Pattern SEGMENT = Pattern.compile(".*\\.liteferry/pages/[^/]+/[^/]+\\.wal");
  private static final Pattern MERGED =
      Pattern.compile(".*\\.liteferry/pages/[^/]+/[0-9]+-[0-9]+-[^/]+\\.wal");
  private static final Pattern SIDE_FILE = Pattern.compile(".*-(wal|shm|journal)");

  /** Where a run is after a request, when it was somewhere before it. */
  static Step after(Request request, Step before) {
    var path = request.path().toString();
    var other = String.valueOf(request.other());
    return switch (request.kind()) {
      case MAKE_DIRECTORY -> STAGING.matcher(path).matches() ? L1 : before;
      case CREATE -> STAGING.matcher(path).matches() ? L5 : before;
      case LINK -> other.contains(OWN + "epochs/") ? L3 : linked(other, before);
      case SET -> path.contains(OWN) ? before : P4;
      case RENAME -> isStaged(other) ? takenAway(path, before) : placed(other, before);
      default -> before;
    };
  }

  /** Whether a pass has its record, and has not made a point yet. */
  private boolean hasRecord() {
    return compareTo(G4) >= 0 && compareTo(P8) < 0;
  }

  private static boolean isStaged(String path) {
    return path.contains(OWN + "staging/");
  }

  /** After the record is there, files that were renamed in local are linked, too. */
  private static Step linked(String path, Step before) {
    return isStaged(path) && !before.hasRecord() ? G2 : before;
  }

  private static Step takenAway(String path, Step before) {
    if (path.contains(OWN)) {
      return path.contains(OWN + "epochs/") ? L6 : dropped(path, before);
    }
    if (before.compareTo(P5) < 0) {
      return SIDE_FILE.matcher(path).matches() ? F3 : P4;
    }
    return P7;
  }

  /** Between passes; what one removes of the history is what it did not need. */
  private static Step dropped(String path, Step before) {
    boolean isOfHistory = path.contains(OWN + "generations/") || path.contains(OWN + "pages/");
    boolean isBetween = before == L6 || before.compareTo(P8) >= 0;
    return isOfHistory && isBetween && !path.endsWith("/record") ? T4 : before;
  }

  private static Step placed(String path, Step before) {
    if (path.endsWith(OWN + "manifest.json")) {
      return before.compareTo(P5) < 0 ? P5 : P8;
    }
    if (MERGED.matcher(path).matches() && !before.hasRecord()) {
      return T5; // in a pass it would be one that leads over the numbers of others that were cut
      // off
    }
    if (SEGMENT.matcher(path).matches()) {
      return S1;
    }
    if (HOME.matcher(path).matches() && before.hasRecord()) {
      return S1; // with a segment in it; before G4 it is with what is kept of a database
    }
    if (path.contains(OWN + "pages/")) {
      return before.hasRecord() ? before : G2;
    }
    if (path.contains(OWN + "generations/")) {
      return before.hasRecord() || path.endsWith("/record") ? before : G4;
    }
    if (path.contains(OWN)) {
      // else a heartbeat, or the format that comes with the first segment
      return path.endsWith("volume.json") && before.compareTo(MARKED) < 0 ? MARKED : before;
    }
    if (path.endsWith(".db")) {
      return before.compareTo(P5) >= 0 && before.compareTo(P6) <= 0 ? P6 : F2;
    }
    return P4;
  }
}
