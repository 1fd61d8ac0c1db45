package io.liteferry.publish;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.PageFile;
import io.liteferry.pages.SegmentName;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.Attributes;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.OpenSegments;
import io.liteferry.volume.Tips;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the plain files of databases that are behind up to date, by what is on the volume alone.
 * Before one is replaced, the manifest names both; so to be cut off does no harm. The steps are C1
 * to C4 of {@code docs/crash-safety-history.md}.
 */
public record PlainFold(Volume volume, DatabaseCheck check) {
  private static final Logger log = LoggerFactory.getLogger(PlainFold.class);

  /** What came of one database. */
  public sealed interface Outcome {
    /** Its plain file is what was published last. */
    record Current() implements Outcome {}

    /** It was behind by so many segments, and is not any more. */
    record Folded(int segments, long bytes) implements Outcome {}

    /** Somebody else put its plain file there, from which the segments do not lead on. */
    record Foreign(long segments) implements Outcome {}

    /** A program works on it, or did. Nothing was changed. */
    record InUse(String why) implements Outcome {}

    /** What was published last cannot be had. Nothing was changed. */
    record Damaged(String why) implements Outcome {}
  }

  /**
   * Says that plain files stay behind, though nothing is missing.
   *
   * @param why for people; empty where the log has it
   */
  public static void sayBehind(SortedSet<Path> behind, Optional<String> why) {
    log.warn(
        "the volume's files of {} stay behind{}: the next agent or liteferry fold brings them up to"
            + " date; nothing is missing",
        Amount.some(behind),
        why.map(reason -> ", as " + reason).orElse(""));
  }

  /** The databases that the volume has, or is to have. */
  public SortedSet<Path> databases() throws IOException {
    var paths = new TreeSet<>(Inventory.of(volume, PathFilter.ALL).databases());
    volume.manifestIfReadable().ifPresent(m -> paths.addAll(m.databases().keySet()));
    return paths;
  }

  /**
   * Does it for all.
   *
   * @param isHistoryKept whether segments stay that lead on from none
   * @throws DetachRefusedException when it is impossible for one; that stays as it was
   */
  void all(VolumeWriter writer, boolean isHistoryKept) throws IOException {
    var tips = Tips.of(volume);
    if (tips.areNone()) {
      return;
    }
    for (var path : Inventory.of(volume, PathFilter.ALL).databases()) {
      switch (one(writer, path, tips)) {
        case Outcome.Damaged damaged -> throw refused(path, damaged.why());
        case Outcome.InUse use -> throw refused(path, use.why());
        case Outcome.Foreign foreign -> {
          if (!isHistoryKept) {
            throw setAside(path, foreign);
          }
        }
        case Outcome.Current _, Outcome.Folded _ -> {}
      }
    }
  }

  private static DetachRefusedException setAside(Path path, Outcome.Foreign foreign) {
    return new DetachRefusedException(
        "%s: somebody else put its file there, and what was published of it as %s would be lost"
            .formatted(path, Amount.of(foreign.segments(), "segment")),
        "give --history-to DIR to move that to a directory on the volume");
  }

  private static DetachRefusedException refused(Path path, String why) {
    return new DetachRefusedException(
        "%s: %s".formatted(path, why), "look at it with 'liteferry restore --copy'");
  }

  /**
   * Does it for one. What it needs is looked at before anything is changed.
   *
   * @param tips of the volume, since the lease was taken; to fold one changes nothing for others
   */
  public Outcome one(VolumeWriter writer, Path path, Tips tips) throws IOException {
    try {
      if (!volume.hasDatabase(path)) {
        return new Outcome.Damaged("its file is missing, or not a database");
      }
      var sides = DirectUse.sideFilesWithContent(volume, path);
      if (!sides.isEmpty()) {
        return new Outcome.InUse(
            "it has side files with content, %s: an application runs or ran on the volume itself"
                .formatted(Amount.some(sides)));
      }
      var plain = volume.digest(path);
      var file = volume.root().resolve(path);
      var tip = volume.call(() -> tips.of(path, plain, file));
      if (tip.setAside() > 0) {
        return new Outcome.Foreign(tip.setAside());
      }
      return tip.segments().isEmpty()
          ? new Outcome.Current()
          : fold(writer, path, plain, new Found(tip, tips));
    } catch (DamagedFileException e) {
      return new Outcome.Damaged(String.valueOf(e.getMessage()));
    }
  }

  /**
   * What is to take the place of a plain file.
   *
   * @param plain the digest of that file
   */
  private record Replacement(Digest plain, Path staged, Tips.Tip tip, CheckLevel checked) {
    /** The number of the state that the plain file is. */
    long before() {
      return name(tip.segments().getFirst()).first() - 1;
    }

    long number() {
      return name(tip.segments().getLast()).last();
    }
  }

  /** What leads on from a plain file, and from all others. */
  private record Found(Tips.Tip tip, Tips all) {}

  private Outcome fold(VolumeWriter writer, Path path, Digest plain, Found found)
      throws IOException {
    var tip = found.tip();
    var file = volume.root().resolve(path);
    var entry = volume.look(path).orElseThrow();
    var last = volume.root().resolve(tip.segments().getLast());
    try (var segments = OpenSegments.of(volume, path, tip.segments())) {
      long bytes = segments.last().shape().bytes();
      volume.requireRoom(Math.max(bytes, entry.stamp().size()), path);
      var mtime = volume.call(() -> Files.getLastModifiedTime(last));
      var staged =
          writer
              .staging()
              .copy(file, copy -> Attributes.set(copy, entry, entry.stamp().mtime()), copied -> {})
              .path();
      try {
        segments.foldInto(staged);
        var checked = check.check(staged);
        var refusal = refusal(checked);
        if (refusal.isPresent()) {
          writer.staging().run(() -> Files.delete(staged));
          return new Outcome.Damaged(refusal.get());
        }
        writer
            .staging()
            .run(
                () -> {
                  Files.setLastModifiedTime(staged, mtime);
                  Durable.sync(staged);
                });
        keep(writer, path, tip.segments().getFirst(), found.all()); // C1
        var level = DatabaseTransfer.level(check, checked);
        announce(writer, path, new Replacement(plain, staged, tip, level)); // C2
        writer.put(staged, path); // C3
      } catch (IOException e) {
        writer.staging().discard(staged, e);
        throw e;
      }
      writer.syncDirectories();
      nameNewFile(writer, path); // C4
      return new Outcome.Folded(tip.segments().size(), bytes);
    }
  }

  /** What speaks against putting a file in the place of one that was checked. */
  private static Optional<String> refusal(DatabaseCheck.Outcome checked) {
    return switch (checked) {
      case DatabaseCheck.Outcome.Corrupt corrupt ->
          Optional.of(
              "what was published last does not pass its check (%s)"
                  .formatted(String.join("; ", corrupt.findings())));
      case DatabaseCheck.Outcome.Unfinished unfinished ->
          Optional.of("its check did not end: " + unfinished.why());
      case DatabaseCheck.Outcome.NotChecked not ->
          Optional.of("it could not be checked: " + not.why());
      case DatabaseCheck.Outcome.PartlyChecked _, DatabaseCheck.Outcome.Sound _ -> Optional.empty();
    };
  }

  /** What the first segment leads on from is needed for older points, as by G2. */
  private void keep(VolumeWriter writer, Path path, Path segment, Tips tips) throws IOException {
    long state = name(segment).first() - 1;
    Path home = Objects.requireNonNull(segment.getParent());
    var base = home.resolve(PageFile.base("", state, 0).name());
    long bytes = volume.call(() -> Files.size(volume.root().resolve(path)));
    if (volume.look(base).isEmpty()
        && !tips.needNotKeep(home.getFileName().toString(), state, bytes)) {
      var kept = writer.staging().fresh();
      volume.run(() -> DetachTarget.link(volume.root().resolve(path), kept));
      writer.put(kept, base);
      writer.syncDirectories();
    }
  }

  private static SegmentName name(Path segment) {
    return SegmentName.parse(segment.getFileName().toString()).orElseThrow();
  }

  /** The manifest is to name the file that is there, and the one that will be. */
  private void announce(VolumeWriter writer, Path path, Replacement by) throws IOException {
    var manifest = volume.manifestIfReadable();
    var listed = manifest.flatMap(m -> m.database(path));
    var state = listed.flatMap(Manifest.Database::state);
    if (state.isEmpty()) {
      return; // what nobody names is known by its content
    }
    var database = listed.orElseThrow();
    var staged = volume.root().relativize(by.staged());
    var header = volume.header(staged).orElseThrow(() -> noDatabase(path));
    var next =
        new Manifest.State(state.get().id(), by.number(), by.checked(), Optional.of(by.before()));
    var both =
        new Manifest.Database(
            volume.call(() -> Files.size(by.staged())),
            header.pageSize(),
            header.wal(),
            volume.digest(staged),
            Optional.of(by.plain()),
            database.published(),
            database.generation(),
            Optional.of(next),
            database.ahead());
    writer.write(manifest.orElseThrow().with(path, both));
  }

  private static DamagedFileException noDatabase(Path path) {
    return new DamagedFileException(path, "its segments do not lead to a database");
  }

  private void nameNewFile(VolumeWriter writer, Path path) throws IOException {
    var manifest = volume.manifestIfReadable();
    var listed = manifest.flatMap(m -> m.database(path));
    if (listed.flatMap(Manifest.Database::previous).isPresent()) {
      writer.write(manifest.orElseThrow().with(path, listed.orElseThrow().completed()));
    }
  }
}
