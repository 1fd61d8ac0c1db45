package io.liteferry.publish;

import io.liteferry.publish.Knowledge.Published;
import java.io.IOException;

/** What came of the transfer of one file or link. */
sealed interface Outcome {
  /** The volume has it now. */
  record Done(Published published) implements Outcome {}

  /** The volume has what it was before the scan; it was replaced or written to since. */
  record Older(Published published) implements Outcome {}

  /** The volume has what was its whole content at the scan; something was appended since. */
  record Begun(Published published, long nanos) implements Outcome {}

  /** The volume had it already; only our knowledge is new. */
  record Same(Published published) implements Outcome {}

  /** It is not there any more, or has become something else. The next pass sees to it. */
  record Gone() implements Outcome {}

  /** It was replaced or written to since the scan; the next pass finds what it may name. */
  record Younger() implements Outcome {}

  /** Something older did not go, and is to go first. */
  record Waiting() implements Outcome {}

  /** It was written to whenever we tried. */
  record Changing(long nanos) implements Outcome {}

  /** Local does not let us read it. */
  record Unreadable(String why) implements Outcome {}

  /** The volume refused this file, or the node has no descriptors left. */
  record Refused(IOException error) implements Outcome {}
}
