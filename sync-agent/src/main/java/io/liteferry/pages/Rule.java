package io.liteferry.pages;

/**
 * What must hold for a capture: else it can be a state that never was, or miss commits without a
 * sign of it. The first ones allow the short cut through the log; without one of these, all pages
 * are read. Without one of the others, the capture begins again.
 */
enum Rule {
  POSITION_KNOWN("where its log was is not known"),
  SAME_FILE("it is another file"),
  /** A wal-index that was just made has salts of zero, and says nothing of what was before. */
  LOG_BEGUN("its log had not begun"),
  /** A log can lose commits in a crash, though pages of them are in the file already. */
  NOT_TAKEN_BACK("its log went back"),
  /** A commit can be in the log and never become history: its writer died before saying so. */
  HISTORY_STANDS("its log was written over"),
  FILE_UNTOUCHED("its file was changed beside SQLite"),
  ENDS_AS_INDEXED("its log does not end where its index says"),
  ONE_RESET("its log was begun anew, more than once or by a recovery"),
  /** While the last frame is in the file, so is all behind it: a log is written from the start. */
  NOT_OVERTAKEN("its log was begun anew, and written over"),
  /** {@code journal_size_limit} cuts a log off when it is begun anew. */
  NOT_CUT_OFF("its log was begun anew, and cut off"),
  ALL_COMMITS("its log was begun anew, and commits are gone"),
  SIZE_KNOWN("its size changed, and its first page is not in its log"),
  NONE_CAME_BACK("pages came back that are not in its log"),

  /**
   * The whole log, for reading all pages: with less, older pages would be mixed with newer ones.
   */
  WHOLE_LOG("its log is not the one of its index"),
  /** After all reading; a read transaction does not keep a log from being begun anew. */
  SAME_LOG_AFTERWARDS("its log was begun anew meanwhile"),
  TAIL_STANDS_AFTERWARDS("the end of its old log was written over meanwhile");

  private final String otherwise;

  Rule(String otherwise) {
    this.otherwise = otherwise;
  }

  /** What is so when it does not hold. */
  String otherwise() {
    return otherwise;
  }
}
