package io.liteferry.history;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Makes one record of several. The older change of a path wins, as the record leads back to the
 * point before the oldest of them; where each version lies stays as it is.
 */
public final class RecordMerge {
  private RecordMerge() {}

  /**
   * T2: drops the points between records. The record bears the number of the youngest.
   *
   * @param headers of neighbours, from the oldest to the youngest
   * @param out as {@link RecordWriter} wants it
   */
  public static void merge(List<RecordHeader> headers, RecordFiles files, OutputStream out)
      throws IOException {
    var header = headers.stream().reduce(RecordHeader::then).orElseThrow();
    var generations = headers.stream().map(RecordHeader::generation).toList();
    try (var walk = new ChangeWalk(files, generations)) {
      var writer = new RecordWriter(out, header);
      for (var path = walk.next(); path.isPresent(); path = walk.next()) {
        var change = path.get().whole();
        if (!change.isNothing()) {
          writer.add(change);
        }
      }
      writer.finish();
    }
  }

  /**
   * G3: the record of a pass after passes that were cut off. What those recorded is taken over,
   * since this record spans theirs, and theirs wins: they saw the point before.
   *
   * @param header leads back to the last complete generation
   * @param changes of the pass; closed here
   * @param unfinished the records in force that are younger than that generation
   * @param end what a path that the pass does not change is on the volume, and will be after it
   */
  public static void takeOver(
      RecordHeader header,
      ChangeSource changes,
      Unfinished unfinished,
      Function<Change, Version> end,
      OutputStream out)
      throws IOException {
    var all = new TreeSet<>(unfinished.generations());
    all.add(header.generation());
    RecordFiles both =
        generation ->
            generation == header.generation() ? changes : unfinished.files().open(generation);
    try (var walk = new ChangeWalk(both, all)) {
      var writer = new RecordWriter(out, header);
      for (var path = walk.next(); path.isPresent(); path = walk.next()) {
        var change = path.get().whole();
        boolean isOfPass = path.get().steps().getLast().generation() == header.generation();
        writer.add(isOfPass ? change : change.endingAs(end.apply(change)));
      }
      writer.finish();
    }
  }

  /** Records of passes that were cut off; mostly there is none, and at most a few. */
  public record Unfinished(List<Long> generations, RecordFiles files) {
    public static final Unfinished NONE =
        new Unfinished(
            List.of(),
            generation -> {
              throw new IllegalStateException("there is no record of " + generation);
            });
  }

  /** The changes of a list, which is in order. */
  public static ChangeSource of(List<Change> changes) {
    var left = changes.iterator();
    return () -> left.hasNext() ? Optional.of(left.next()) : Optional.empty();
  }
}
