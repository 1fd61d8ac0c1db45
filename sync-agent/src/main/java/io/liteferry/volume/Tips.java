package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Errno;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.history.Chains;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.PageFile;
import io.liteferry.lease.VolumeException;
import io.liteferry.pages.Identity;
import io.liteferry.pages.PlainFile;
import io.liteferry.pages.SegmentName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which segments lead on from the plain files of databases: found by listing, as a name says all of
 * a segment. The manifest says which state a plain file is, and which is to be reached; without it,
 * the content does.
 */
public final class Tips {
  private final Volume volume;
  private final GenerationFiles files;
  private final Optional<Manifest> manifest;
  private List<PageFile> pages;
  private Chains chains;
  private @Nullable NavigableMap<String, Path> owners;

  /** The databases of which nobody knows whether segments lead on, and why. */
  private final NavigableMap<String, IOException> unread = new TreeMap<>();

  private Tips(Volume volume) throws IOException {
    this.volume = volume;
    files = new GenerationFiles(volume);
    manifest = volume.manifestIfReadable();
    pages = files.pages();
    chains = new Chains(pages, Map.of());
  }

  private void listAgain() throws IOException {
    pages = files.pages();
    chains = new Chains(pages, Map.of());
    owners = null;
    unread.clear();
  }

  /** Lists the segments. */
  public static Tips of(Volume volume) throws IOException {
    return new Tips(volume);
  }

  /**
   * What leads on from a plain file.
   *
   * @param segments their places on the volume, in order; none when the file is current
   * @param setAside how many do not, as somebody else put the file there
   */
  public record Tip(List<Path> segments, long setAside) {
    static final Tip NONE = new Tip(List.of(), 0);

    /** What they are named, which says which contents they lead from and to. */
    public List<SegmentName> names() {
      return segments.stream()
          .flatMap(file -> SegmentName.parse(file.getFileName().toString()).stream())
          .toList();
    }
  }

  /**
   * Finds it. Who has not the lease may have listed one segment, and not one before it that came at
   * the same time: what is missing is looked for once more.
   *
   * @param plain the digest of the plain file
   * @param copy the file, or a copy of it
   * @throws DamagedFileException when a segment is missing
   */
  public Tip of(Path path, Digest plain, Path copy) throws IOException {
    try {
      return listed(path, plain, copy);
    } catch (DamagedFileException e) {
      listAgain();
      return listed(path, plain, copy);
    }
  }

  /** As the segments were listed last. */
  private Tip listed(Path path, Digest plain, Path copy) throws IOException {
    var listed = manifest.flatMap(m -> m.database(path));
    var state = listed.flatMap(Manifest.Database::state);
    var number = listed.flatMap(database -> database.numberOf(plain));
    if (state.isPresent() && number.isPresent()) {
      return leadingOn(path, state.get().id(), number.get(), listed.orElseThrow());
    }
    if (state.isEmpty() && listed.flatMap(Manifest.Database::ahead).isPresent()) {
      throw new DamagedFileException(path, "the manifest does not say which segments lead on");
    }
    if (state.isPresent() && segmentsOf(state.get().id()).isEmpty()) {
      return Tip.NONE;
    }
    var tip = byContent(path, copy, state.map(Manifest.State::id));
    boolean isOurs = listed.map(database -> database.names(plain)).orElse(false);
    return isOurs && tip.segments().isEmpty() ? Tip.NONE : tip; // else another one was set aside
  }

  /**
   * Plain files that segments lead on from though the manifest does not say so, as it was lost, or
   * left them out: what it would say of them. By their content, so each is read; one that cannot be
   * must not hold up all others, and is {@link #unread}.
   */
  public NavigableMap<Path, Manifest.Database> unnamed() throws IOException {
    var found = new TreeMap<Path, Manifest.Database>();
    for (var owner : owners().entrySet()) {
      var path = owner.getValue();
      if (manifest.flatMap(m -> m.database(path)).flatMap(Manifest.Database::state).isEmpty()
          && !found.containsKey(path)) {
        try {
          unnamed(path, owner.getKey()).ifPresent(database -> found.put(path, database));
        } catch (IOException e) {
          leaveAlone(owner.getKey(), e);
        }
      }
    }
    return found;
  }

  private Optional<Manifest.Database> unnamed(Path path, String id) throws IOException {
    if (!volume.hasDatabase(path)) {
      return Optional.empty();
    }
    var state =
        OpenSegments.identityOf(volume, path).flatMap(content -> stateOf(content, segmentsOf(id)));
    return state.isPresent() ? Optional.of(named(path, id, state.get())) : Optional.empty();
  }

  /**
   * The databases, by id, of which {@link #unnamed} could not find out whether segments lead on:
   * these must stay.
   */
  Set<String> unread() {
    return unread.keySet();
  }

  /** Why that is so of one of them. */
  String why(String id) {
    return String.valueOf(Objects.requireNonNull(unread.get(id)).getMessage());
  }

  /** An error at one file, which is about that alone: also EIO, which a bad sector gives. */
  private void leaveAlone(String id, IOException e) throws IOException {
    boolean isOfOne =
        e instanceof UnknownFormatException
            || e instanceof DamagedFileException
            || Errno.of(e) == Errno.EIO
            || !VolumeException.concernsAll(e);
    if (!isOfOne) {
      throw e;
    }
    unread.put(id, e);
  }

  private Manifest.Database named(Path path, String id, long number) throws IOException {
    var entry = volume.look(path).orElseThrow(() -> Errno.ENOENT.at(volume.root().resolve(path)));
    var header = volume.header(path).orElseThrow(() -> new DamagedFileException(path, "no header"));
    return new Manifest.Database(
        entry.stamp().size(),
        header.pageSize(),
        header.wal(),
        volume.digest(path),
        Optional.empty(),
        Instant.ofEpochSecond(0, entry.stamp().mtime()),
        Optional.empty(),
        Optional.of(new Manifest.State(id, number, CheckLevel.NONE, Optional.empty())));
  }

  /** Whether there is no segment at all. */
  public boolean areNone() {
    return pages.stream().allMatch(page -> page.segment().isEmpty());
  }

  /** Whether older points have what a plain file is, without it: for less room, too. */
  public boolean needNotKeep(String database, long state, long bytes) {
    return chains.isMadeOfLess(database, state, bytes);
  }

  private Tip leadingOn(Path path, String id, long plain, Manifest.Database listed)
      throws IOException {
    var tip = tip(path, id, plain);
    var wanted = listed.ahead().filter(ahead -> ahead.number() > plain).map(Manifest.Ahead::number);
    long reached = tip.isEmpty() ? plain : tip.getLast().state();
    if (wanted.isPresent() && wanted.get() > reached) {
      throw missing(path, reached);
    }
    return new Tip(places(tip), 0);
  }

  private List<PageFile> tip(Path path, String id, long plain) throws IOException {
    var tip = chains.after(id, plain);
    long reached = tip.isEmpty() ? plain : tip.getLast().state();
    if (segmentsOf(id).stream().anyMatch(segment -> segment.state() > reached)) {
      throw missing(path, reached);
    }
    return tip;
  }

  private static DamagedFileException missing(Path path, long reached) {
    return new DamagedFileException(
        path, "the segment that leads on from its state %d is missing".formatted(reached));
  }

  private List<Path> places(List<PageFile> segments) {
    return segments.stream().map(s -> volume.root().relativize(files.place(s))).toList();
  }

  private List<PageFile> segmentsOf(String id) {
    return pages.stream()
        .filter(page -> page.segment().isPresent() && page.database().equals(id))
        .sorted(Comparator.comparingLong(PageFile::state))
        .toList();
  }

  /** Of a file that nothing names: it is the state of which it has the content, if any. */
  private Tip byContent(Path path, Path copy, Optional<String> listed) throws IOException {
    var ids = listed.isPresent() ? new TreeSet<>(List.of(listed.orElseThrow())) : idsOf(path);
    if (ids.isEmpty()) {
      requireAllRead();
      return Tip.NONE;
    }
    Identity identity;
    try (var plain = PlainFile.open(copy)) {
      identity = plain.identity();
    }
    long setAside = 0;
    for (var id : ids) {
      var segments = segmentsOf(id);
      var state = stateOf(identity, segments);
      if (state.isPresent()) {
        return new Tip(places(tip(path, id, state.get())), 0);
      }
      setAside += segments.size();
    }
    requireAllRead();
    return new Tip(List.of(), setAside);
  }

  /** Else segments may lead on of which nobody knows that. */
  private void requireAllRead() throws IOException {
    if (!unread.isEmpty()) {
      throw unread.firstEntry().getValue();
    }
  }

  private static Optional<Long> stateOf(Identity content, List<PageFile> segments) {
    for (var segment : segments.reversed()) {
      SegmentName name = segment.segment().orElseThrow();
      if (name.to().equals(content)) {
        return Optional.of(name.last());
      }
      if (name.from().equals(content)) {
        return Optional.of(name.first() - 1);
      }
    }
    return Optional.empty();
  }

  /** The databases that had this path, of those that the manifest does not name. */
  private NavigableSet<String> idsOf(Path path) throws IOException {
    var ids = new TreeSet<String>();
    for (var owner : owners().entrySet()) {
      if (owner.getValue().equals(path)) {
        ids.add(owner.getKey());
      }
    }
    return ids;
  }

  /** Whose the segments are that belong to no database of the manifest, by what they say. */
  private NavigableMap<String, Path> owners() throws IOException {
    if (owners != null) {
      return owners;
    }
    var named =
        manifest.stream()
            .flatMap(m -> m.databases().values().stream())
            .flatMap(database -> database.state().stream())
            .map(Manifest.State::id)
            .collect(Collectors.toSet());
    var places = new TreeMap<String, List<Path>>();
    for (var page : pages) {
      if (page.segment().isPresent() && !named.contains(page.database())) {
        places.computeIfAbsent(page.database(), id -> new ArrayList<>()).add(files.place(page));
      }
    }
    var found = new TreeMap<String, Path>();
    for (var segments : places.entrySet()) {
      try {
        OpenSegments.databaseOf(volume, segments.getValue())
            .ifPresent(path -> found.put(segments.getKey(), path));
      } catch (IOException e) {
        leaveAlone(segments.getKey(), e);
      }
    }
    owners = found;
    return found;
  }
}
