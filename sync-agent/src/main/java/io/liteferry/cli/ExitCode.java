package io.liteferry.cli;

/** The exit codes; documented in {@code docs/operations.md}, and never given another meaning. */
enum ExitCode {
  OK(0, "done; at a stop: everything is on the volume"),
  INTERNAL(1, "an error that should not happen"),
  USAGE(2, "an option, variable, argument or configuration file is wrong"),
  REFUSED(3, "going on would not be safe; nothing was changed"),
  VOLUME_UNAVAILABLE(4, "the volume is missing, not accessible, full or not the expected one"),
  IN_USE(5, "another agent works on the same directories"),
  INCOMPLETE(6, "something is not on the volume; the message names it"),
  CORRUPT(7, "a database on the volume is corrupt or missing, or its check did not end"),
  NODE(8, "the local or state directory cannot be used"),
  LEASE_HELD(9, "another agent publishes to the volume, and is alive"),
  FENCED(10, "another agent has taken the volume over; what is unpublished is kept in local"),
  MEMORY(11, "the memory that the process may use is too small; the message says how to raise it");

  final int code;
  final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }
}
