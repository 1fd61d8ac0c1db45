package io.liteferry.agent;

import java.nio.file.Path;
import java.util.SortedMap;

/** What became of a flush that was asked for while the agent goes on. */
public sealed interface FlushResult {
  /**
   * Everything that local had when it was asked is on the volume.
   *
   * @param generation of the volume
   * @param held how many deletions are held back
   */
  record Published(long generation, int held) implements FlushResult {}

  /** Something cannot be published, while the volume works; by path, with the reason. */
  record Incomplete(SortedMap<Path, String> missing) implements FlushResult {}

  /** The agent has ended before; why. */
  record Ended(String why) implements FlushResult {}
}
