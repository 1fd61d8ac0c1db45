package io.liteferry.publish;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Errno;
import io.liteferry.durable.PortableName;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.LazyTips;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The state of every database on a volume. Reads the volume without changing anything on it.
 *
 * @param databases by path
 */
public record Verification(NavigableMap<Path, Finding> databases) {
  /** How often a database that changes under the check, by an agent at work, is looked at again. */
  private static final int ATTEMPTS = 3;

  /** Ordered from good to bad. */
  public enum Verdict {
    OK,
    /** Nothing wrong in what could be checked; of segments, that they lead to what they name. */
    PARTLY_CHECKED,
    /** Sound, but not what the manifest names: put there by somebody else. */
    NOT_IN_MANIFEST,
    /** A program runs on the volume, or did: the side files may hold commits. */
    HAS_SIDE_FILES,
    /** Its check did not end in time, or could not be made. */
    UNCHECKED,
    MISSING,
    /** The manifest itself. */
    DAMAGED,
    CORRUPT
  }

  /** One database. */
  public record Finding(Verdict verdict, String detail) {
    boolean isSound() {
      return verdict.compareTo(Verdict.UNCHECKED) < 0;
    }
  }

  /** Checks all, but for what segments lead to. */
  public static Verification of(Volume volume, DatabaseCheck check) throws IOException {
    return of(volume, check, List.of());
  }

  /**
   * Checks all.
   *
   * @param scratch where a database may be put together that is published by segments; it takes the
   *     first directory that has room for that, and without one leaves this out and says so
   */
  public static Verification of(Volume volume, DatabaseCheck check, List<Path> scratch)
      throws IOException {
    var findings = new TreeMap<Path, Finding>();
    var inventory = Inventory.of(volume, PathFilter.ALL);
    for (var unreadable : inventory.unreadable().entrySet()) {
      throw new VolumeException(
          "volume %s: %s cannot be read: %s"
              .formatted(volume.root(), unreadable.getKey(), unreadable.getValue()));
    }
    var paths = new TreeSet<>(inventory.databases());
    try {
      volume.manifest().ifPresent(m -> paths.addAll(m.databases().keySet()));
    } catch (DamagedFileException e) {
      findings.put(
          volume.root().relativize(volume.manifestFile()),
          new Finding(Verdict.DAMAGED, String.valueOf(e.getMessage())));
    }
    var listing = new LazyTips(volume);
    var tips = new TipCheck(volume, check, scratch);
    for (var path : paths) {
      findings.put(path, lookAgain(listing, path, tips));
    }
    return new Verification(findings);
  }

  private static Finding lookAgain(LazyTips listing, Path path, TipCheck check) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        var finding = look(listing, path, check);
        if (finding.verdict() == Verdict.OK || attempt == ATTEMPTS) {
          return finding;
        }
      } catch (IOException e) {
        // over NFS, what is replaced while it is read is a stale handle
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
      listing.forget();
    }
  }

  private static Finding look(LazyTips listing, Path path, TipCheck tips) throws IOException {
    var volume = tips.volume();
    var manifest = volume.manifestIfReadable();
    Digest digest;
    try {
      digest = volume.digest(path);
    } catch (VolumeException e) {
      if (Errno.of(e) != Errno.ENOENT) {
        throw e;
      }
      return new Finding(Verdict.MISSING, "the manifest names it");
    }
    var sides = DirectUse.sideFilesWithContent(volume, path);
    return switch (tips.check().check(volume.root().resolve(path))) {
      case DatabaseCheck.Outcome.Corrupt corrupt ->
          new Finding(Verdict.CORRUPT, String.join("; ", corrupt.findings()));
      case DatabaseCheck.Outcome.Unfinished unfinished ->
          new Finding(Verdict.UNCHECKED, unfinished.why());
      case DatabaseCheck.Outcome.NotChecked not -> new Finding(Verdict.UNCHECKED, not.why());
      case DatabaseCheck.Outcome.PartlyChecked partly ->
          new Finding(Verdict.PARTLY_CHECKED, partly.why());
      case DatabaseCheck.Outcome.Sound sound -> {
        if (!sides.isEmpty()) {
          yield new Finding(Verdict.HAS_SIDE_FILES, sides.toString());
        }
        Optional<Manifest.Database> listed = manifest.flatMap(m -> m.database(path));
        boolean isForeign = manifest.isPresent() && !listed.map(d -> d.names(digest)).orElse(false);
        yield isForeign
            ? new Finding(Verdict.NOT_IN_MANIFEST, "somebody else put it there")
            : segments(listing, path, digest, tips, listed.flatMap(Manifest.Database::ahead));
      }
    };
  }

  /** What was published since the plain file was. */
  private static Finding segments(
      LazyTips listing, Path path, Digest plain, TipCheck check, Optional<Manifest.Ahead> ahead)
      throws IOException {
    var volume = check.volume();
    try {
      var file = volume.root().resolve(path);
      var tip = volume.call(() -> listing.get().of(path, plain, file));
      return tip.segments().isEmpty()
          ? new Finding(Verdict.OK, "")
          : check.of(path, tip.segments());
    } catch (DamagedFileException e) {
      return new Finding(Verdict.CORRUPT, String.valueOf(e.getMessage()));
    } catch (VolumeException e) {
      // To another user than the agent's the history is closed, and the manifest tells.
      if (Errno.of(e) == Errno.EACCES && ahead.isEmpty()) {
        return new Finding(Verdict.OK, "");
      }
      throw e;
    }
  }

  /** Whether an application could start from this volume. */
  public boolean isSound() {
    return databases.values().stream().allMatch(Finding::isSound);
  }

  /** For programs. */
  public JsonObject toJson() {
    var json = new JsonObject();
    json.addProperty("sound", isSound());
    var array = new JsonArray();
    databases.forEach(
        (path, finding) -> {
          var item = new JsonObject();
          item.addProperty("path", PortableName.of(path));
          item.addProperty("verdict", word(finding.verdict()));
          if (!finding.detail().isEmpty()) {
            item.addProperty("detail", finding.detail());
          }
          array.add(item);
        });
    json.add("databases", array);
    return json;
  }

  /** For people: a line for each database and a last one for all. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    databases.forEach(
        (path, finding) -> {
          text.append(word(finding.verdict())).append("  ").append(PortableName.of(path));
          @Nullable String detail = finding.detail().isEmpty() ? null : finding.detail();
          text.append(detail == null ? "\n" : "  (" + detail + ")\n");
        });
    long bad = databases.values().stream().filter(f -> !f.isSound()).count();
    return text.append(Amount.of(databases.size(), "database"))
        .append(", %d not sound%n".formatted(bad))
        .toString();
  }

  private static String word(Verdict verdict) {
    return verdict.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
