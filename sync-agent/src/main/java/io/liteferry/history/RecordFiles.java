package io.liteferry.history;

import java.io.IOException;

/** Where the records are. */
@FunctionalInterface
public interface RecordFiles {
  /** Opens the record of a generation, before its first change; whoever asks closes it. */
  ChangeSource open(long generation) throws IOException;
}
