package io.liteferry.past;

import io.liteferry.history.Chains;
import io.liteferry.history.Stored;
import io.liteferry.history.Version;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Where the content of a file or database lies on the volume. */
sealed interface Source {
  /** Nothing is needed, or nothing is in it. */
  record None() implements Source {}

  /**
   * A file, by its path on the volume.
   *
   * @param kept whether it is of the history; else it is the current file, which may be replaced
   */
  record Whole(Path place, boolean kept) implements Source {}

  /**
   * A base with segments.
   *
   * @param segments by their paths on the volume, in their order
   */
  record Segments(Whole base, List<Path> segments) implements Source {}

  /** It is not there. */
  record Missing(String why) implements Source {}

  /** How people and programs call it. */
  default String form() {
    return switch (this) {
      case None _ -> "none";
      case Whole whole -> whole.kept() ? "base" : "in-place";
      case Segments _ -> "segment";
      case Missing _ -> "missing";
    };
  }

  /**
   * Finds it.
   *
   * @param places where the plain file of a database is, by its id
   * @param kept where a file of the history is
   */
  static Source of(
      Path path,
      Version version,
      Chains chains,
      Map<String, Path> places,
      Function<Stored, Path> kept) {
    return switch (version) {
      case Version.File file when file.object().isPresent() ->
          new Whole(kept.apply(file.object().get()), true);
      case Version.File file when file.size() > 0 -> new Whole(path, false);
      case Version.Database database -> of(database, chains, places, kept);
      case Version.Lost lost -> new Missing(lost.why());
      default -> new None();
    };
  }

  private static Source of(
      Version.Database database,
      Chains chains,
      Map<String, Path> places,
      Function<Stored, Path> kept) {
    var chain = chains.of(database.id(), database.state());
    if (chain.isEmpty()) {
      return new Missing("no base leads to its state " + database.state());
    }
    var files = chain.get();
    boolean isKept = !files.isEmpty() && files.getFirst().segment().isEmpty();
    var place = isKept ? kept.apply(files.getFirst()) : places.get(database.id());
    if (place == null) {
      return new Missing("it is not in its place");
    }
    var base = new Whole(place, isKept);
    var segments = files.subList(isKept ? 1 : 0, files.size());
    return segments.isEmpty() ? base : new Segments(base, segments.stream().map(kept).toList());
  }
}
