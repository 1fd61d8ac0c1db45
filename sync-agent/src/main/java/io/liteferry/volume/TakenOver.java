package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.history.Change;
import io.liteferry.history.RecordHeader;
import io.liteferry.history.RecordMerge;
import io.liteferry.history.Version;
import io.liteferry.lease.Staging;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What passes that were cut off recorded: the record of the next one has it too.
 *
 * @param accidents what looked like some in those passes
 */
record TakenOver(RecordMerge.Unfinished unfinished, List<String> accidents) {
  static final TakenOver NOTHING = new TakenOver(RecordMerge.Unfinished.NONE, List.of());

  static TakenOver of(Generations known, Optional<Manifest> manifest) throws IOException {
    var cutOff = known.cutOff(manifest);
    return new TakenOver(new RecordMerge.Unfinished(cutOff, known), known.accidents(cutOff));
  }

  boolean isNothing() {
    return unfinished.generations().isEmpty();
  }

  /** Why the point before a pass is to stay for a while. */
  List<String> reasons(RecordHeader made, RecordedPass pass, List<Change> all) {
    return made.made()
        .rollback()
        .map(to -> List.of(RecordHeader.wentBack(to.to())))
        .orElseGet(() -> Accident.lines(accidents, pass.accidents(), all));
  }

  /**
   * Writes the record of a pass, with this, into staging: G3.
   *
   * @param all what the pass changes, in its order
   * @param record to be written, in place of one
   */
  void write(Staging staging, RecordHeader next, List<Change> all, RecordedPass pass, Path record)
      throws IOException {
    try {
      staging.inReserve(
          () -> {
            Files.deleteIfExists(record);
            Durable.write(
                record,
                out ->
                    RecordMerge.takeOver(
                        next, RecordMerge.of(all), unfinished, change -> end(pass, change), out));
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** What a path is that the pass does not change. */
  private static Version end(RecordedPass pass, Change taken) {
    try {
      return pass.now(taken.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
