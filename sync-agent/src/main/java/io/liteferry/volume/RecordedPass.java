package io.liteferry.volume;

import io.liteferry.history.Point;
import io.liteferry.history.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is to be told of a pass, and what it may change. Where passes are made, that is {@code
 * PassRecord} of the package {@code publish}.
 */
public interface RecordedPass {
  /** What is to be told of the generation that the pass makes. */
  Point made(long generation);

  /**
   * The point to which a rollback goes, when the pass is a part of one: that point stays, and so
   * does all that the pass replaces and removes.
   */
  default Optional<Long> goal() {
    return Optional.empty();
  }

  /** All that it may change, as far as is known; asked for once, before the first change. */
  List<Planned> changes() throws IOException;

  /** Whether the volume has nothing of these, nor of what it may remove later on. */
  boolean onlyAdds(List<Planned> changes);

  /** What of all that was asked for so far looks like an accident. */
  List<Accident> accidents();

  /** What the volume has under a name. */
  Version now(Path path) throws IOException;
}
