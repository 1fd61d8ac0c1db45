package io.liteferry.past;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.history.Version;
import io.liteferry.pages.Identity;
import io.liteferry.pages.PlainFile;
import io.liteferry.sqlite.DatabaseCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes sure that databases of a point are what was published, and are sound. */
final class PastDatabases {
  private final History history;
  private final DatabaseCheck check;

  PastDatabases(History history, DatabaseCheck check) {
    this.history = history;
    this.check = check;
  }

  /** Checks those that were copied. */
  void check(long point, Path directory, Map<Path, Version> copied, List<Shortfall> shortfalls)
      throws IOException {
    for (var item : copied.entrySet()) {
      var path = item.getKey();
      var copy = directory.resolve(path);
      if (item.getValue() instanceof Version.Database database && Durable.isFile(copy)) {
        var why = whyUnsound(copy, database, history.isWhateverIsThere(point, path, database));
        if (why.isPresent()) {
          shortfalls.add(unsound(point, path, why.get()));
        }
      }
    }
  }

  private Shortfall unsound(long point, Path path, String why) throws IOException {
    var better = newestSoundBefore(point, path);
    return new Shortfall(
        path,
        true,
        better.isPresent()
            ? "%s at %d does not pass its check (%s); %d does: --at %d"
                .formatted(path, point, why, better.get(), better.get())
            : "%s at %d does not pass its check (%s); no earlier point has a sound one"
                .formatted(path, point, why));
  }

  /** {@code foreign} when what others put in its place now is what is wanted. */
  private Optional<String> whyUnsound(Path file, Version.Database database, boolean foreign)
      throws IOException {
    if (!foreign && !hasContent(file, database.digest())) {
      return Optional.of("its content is not what was published");
    }
    return whyUnsound(check.check(file));
  }

  /** What is wrong by a check; empty when nothing is. */
  static Optional<String> whyUnsound(DatabaseCheck.Outcome outcome) {
    return switch (outcome) {
      case DatabaseCheck.Outcome.Corrupt corrupt ->
          Optional.of(String.join("; ", corrupt.findings()));
      case DatabaseCheck.Outcome.Unfinished unfinished -> Optional.of(unfinished.why());
      case DatabaseCheck.Outcome.NotChecked not -> Optional.of(not.why());
      case DatabaseCheck.Outcome.PartlyChecked _, DatabaseCheck.Outcome.Sound _ -> Optional.empty();
    };
  }

  /** By its file, or, of what was published as a segment, by its pages. */
  static boolean hasContent(Path file, Digest published) throws IOException {
    var identity = Identity.in(published);
    if (identity.isEmpty()) {
      return Digest.of(file).equals(published);
    }
    try (var plain = PlainFile.open(file)) {
      return plain.identity().equals(identity.get());
    }
  }

  /** By a look at what is kept, without a copy. */
  private Optional<Long> newestSoundBefore(long point, Path path) throws IOException {
    for (var version : history.versions(path).reversed()) {
      if (version.to() < point
          && version.version() instanceof Version.Database database
          && history.source(path, database) instanceof Source.Whole whole
          && history.volume().look(whole.place()).isPresent()
          && whyUnsound(history.root().resolve(whole.place()), database, false).isEmpty()) {
        return Optional.of(version.to());
      }
    }
    return Optional.empty();
  }
}
