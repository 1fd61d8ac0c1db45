package io.liteferry.volume;

import com.google.gson.JsonObject;
import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.durable.JsonFile;
import io.liteferry.history.PageFile;
import io.liteferry.lease.Staging;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one gate to the volume: but for the lease, which has files of its own, every change of a name
 * on the volume is made here, out of or into one claim's {@link Staging}.
 *
 * <p>Names are relative to the volume's root. Names that are put and removed may not be durable
 * before {@link #syncDirectories}. What fails on the volume is thrown as {@link VolumeException};
 * then nobody knows which changes were made.
 *
 * <p>Files and links may be put by several threads at once; all else is for one thread.
 */
public final class VolumeWriter {
  private static final Logger log = LoggerFactory.getLogger(VolumeWriter.class);

  /** What must have been done before a name is changed; in a pass, by {@link GenerationWriter}. */
  interface Coverage {
    Coverage NOT_NEEDED =
        new Coverage() {
          @Override
          public void before(Path path) {}

          @Override
          public void after(Path path) {}
        };

    /**
     * Makes sure that what a name was can be had again: at the first change of a pass, G1 to G4.
     *
     * @throws IllegalStateException when nothing says what it was: then it may not be changed
     */
    void before(Path path) throws IOException;

    /** It was changed. */
    void after(Path path);
  }

  private final Volume volume;
  private final Staging staging;
  private final Runnable answered;
  private final Set<Path> directoriesToSync = new ConcurrentSkipListSet<>();
  private final Set<Path> notAllowed = new HashSet<>();
  private Coverage coverage = Coverage.NOT_NEEDED;
  private Optional<Manifest> manifest;

  /** Databases in their place that it does not name. */
  private final NavigableMap<Path, Manifest.Database> unnamed = new ConcurrentSkipListMap<>();

  /** The databases, by id, of which that could not be found out. */
  private final Set<String> unread = new HashSet<>();

  private boolean isOfSegments;

  /** For changes that replace nothing of the application's. */
  public VolumeWriter(Volume volume, Staging staging) {
    this(volume, staging, Optional.empty(), () -> {});
  }

  /**
   * For all changes.
   *
   * @param shown the volume's manifest
   * @param answered is run whenever the volume has answered a request that is no write of content
   */
  public VolumeWriter(Volume volume, Staging staging, Optional<Manifest> shown, Runnable answered) {
    this.volume = volume;
    this.staging = staging;
    this.answered = answered;
    this.manifest = shown;
  }

  /**
   * The same, for one who relies on it that {@link #databases} has all that segments lead on from.
   */
  public static VolumeWriter open(
      Volume volume, Staging staging, Optional<Manifest> shown, Runnable answered)
      throws IOException {
    var writer = new VolumeWriter(volume, staging, shown, answered);
    var tips = Tips.of(volume);
    writer.unnamed.putAll(tips.unnamed());
    for (var id : tips.unread()) {
      log.warn(
          "the segments in {} stay, as the agent cannot read what says where they belong: repair"
              + " that, or give the agent access: {}",
          volume.pages().resolve(id),
          tips.why(id));
    }
    writer.unread.addAll(tips.unread());
    return writer;
  }

  /** From now on no name of the application's is changed that this does not know. */
  void require(Coverage before) {
    coverage = before;
  }

  /** Where what is to be put is made. */
  public Staging staging() {
    return staging;
  }

  /** The last manifest that was read or written; empty before the first publication. */
  public Optional<Manifest> manifest() {
    return manifest;
  }

  /**
   * What that manifest says of a database, or has to say of one in its place from which segments
   * lead on.
   */
  public Optional<Manifest.Database> listed(Path path) {
    var shown = manifest.flatMap(m -> m.database(path));
    return shown
        .filter(database -> database.state().isPresent())
        .or(() -> Optional.ofNullable(unnamed.get(path)))
        .or(() -> shown);
  }

  /** All of them. */
  public NavigableMap<Path, Manifest.Database> databases() {
    if (unnamed.isEmpty()) {
      return manifest.map(Manifest::databases).orElseGet(TreeMap::new);
    }
    var all = new TreeMap<>(unnamed);
    manifest.ifPresent(
        shown ->
            shown
                .databases()
                .forEach(
                    (path, database) -> {
                      if (database.state().isPresent()) {
                        all.put(path, database);
                      } else {
                        all.putIfAbsent(path, database);
                      }
                    }));
    return all;
  }

  /** The databases, by id, of which nobody knows whether segments lead on: these must stay. */
  Set<String> unread() {
    return unread;
  }

  /** Gives what is staged its name: a file or link, also in place of one, or a directory. */
  public void put(Path staged, Path path) throws IOException {
    coverage.before(path); // G1 to G4
    staging.publish(staged, volume.root().resolve(path));
    changed(path);
  }

  /**
   * Gives a staged segment its name. Before the first one, the volume gets the format that earlier
   * versions refuse.
   *
   * @param database whose it is
   */
  public void putSegment(Path staged, PageFile segment, Path database) throws IOException {
    coverage.before(database); // G1 to G4
    if (!isOfSegments) {
      markOfSegments(); // S0
      isOfSegments = true;
    }
    var home = volume.pages().resolve(segment.database());
    if (volume.call(() -> Durable.isDirectory(home))) {
      putOwn(staged, home.resolve(segment.name()));
    } else {
      putOwn(KeptVersions.stageDirectory(this, staged, segment.name()), home);
      directoriesToSync.add(volume.pages());
    }
    directoriesToSync.add(home);
    coverage.after(database);
  }

  /** Takes away a file, a link or an empty directory. */
  public void remove(Path path) throws IOException {
    coverage.before(path); // G1 to G4
    try {
      staging.remove(volume.root().resolve(path));
    } catch (VolumeException e) {
      if (!isSeen(path)) {
        changed(path); // it went, and only what became of it in staging is another matter
      }
      throw e;
    }
    changed(path);
  }

  /** Sets the permissions of a directory that is there. */
  public void setMode(Entry directory) throws IOException {
    var place = volume.root().resolve(directory.path());
    coverage.before(directory.path()); // G1 to G4
    volume.run(() -> Attributes.setOfDirectory(place, directory));
    coverage.after(directory.path());
    directoriesToSync.add(place);
  }

  private boolean isSeen(Path path) {
    try {
      return volume.look(path).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** A name came, went or was replaced. */
  private void changed(Path path) {
    coverage.after(path);
    unnamed.remove(path);
    answered.run();
    directoriesToSync.add(parentOf(path));
  }

  private Path parentOf(Path path) {
    var parent = path.getParent();
    return parent == null ? volume.root() : volume.root().resolve(parent);
  }

  /** Names in these directories may not be durable, by changes of somebody before us. */
  public void mayNotBeDurable(Iterable<Path> directories) {
    directories.forEach(directoriesToSync::add);
  }

  /** Makes the names durable that were put and removed. */
  public void syncDirectories() throws IOException {
    for (var directory : List.copyOf(directoriesToSync)) {
      directoriesToSync.remove(directory); // first: others put names meanwhile
      try {
        volume.syncDirectory(directory);
        answered.run();
      } catch (VolumeException e) {
        if (Errno.of(e) != Errno.ENOENT) {
          directoriesToSync.add(directory);
          throw e;
        } // else deleted in this pass, after something in it
      }
    }
  }

  /** The same for the directory of one name. */
  public void syncDirectoryOf(Path path) throws IOException {
    var directory = parentOf(path);
    volume.syncDirectory(directory);
    directoriesToSync.remove(directory);
  }

  /** Replaces the manifest, durably. */
  public void write(Manifest next) throws IOException {
    staging.replace(volume.manifestFile(), JsonFile.bytes(next.toJson()));
    databases()
        .forEach(
            (path, database) -> {
              if (database.state().isPresent()) {
                unnamed.put(path, database); // it is in its place until it goes
              }
            });
    unnamed.keySet().removeAll(next.databases().keySet());
    manifest = Optional.of(next);
  }

  /** The volume has answered a request that was made elsewhere. */
  void answered() {
    answered.run();
  }

  /** Gives the volume its id, durably; what it has says of which format it is. */
  public String mark(String id) throws IOException {
    mark(id, Tips.of(volume).areNone() ? Volume.FORMAT_OF_RECORDS : Volume.FORMAT_OF_SEGMENTS);
    return id;
  }

  private void mark(String id, int format) throws IOException {
    var json = new JsonObject();
    json.addProperty("format", format);
    json.addProperty("volume", id);
    staging.replace(volume.markerFile(), JsonFile.bytes(json));
  }

  private void markOfSegments() throws IOException {
    var id = volume.id();
    if (id.isEmpty()) {
      throw new VolumeException(
          "%s has lost its marker %s: is it mounted?"
              .formatted(volume.root(), volume.markerFile().getFileName()));
    }
    if (volume.format().filter(format -> format >= Volume.FORMAT_OF_SEGMENTS).isEmpty()) {
      mark(id.get(), Volume.FORMAT_OF_SEGMENTS);
    }
  }

  /** Gives what is staged a name of our own, which may not be durable before that is synced. */
  void putOwn(Path staged, Path own) throws IOException {
    staging.publish(staged, own);
    answered.run();
  }

  /** Takes away a file or directory of our own, with all that is in it, if there is one. */
  public void removeOwn(Path own) throws IOException {
    var look = volume.call(() -> Durable.look(own));
    if (look.isPresent() && look.get().isDirectory()) {
      staging.removeTree(own);
    } else if (look.isPresent()) {
      staging.remove(own);
    }
    answered.run();
  }

  /**
   * As {@link #removeOwn}; a directory stays, with a warning, that is or has what this user may not
   * remove, as an indexer of another user makes some.
   */
  void removeIfAllowed(Path own) throws IOException {
    try {
      removeOwn(own);
    } catch (VolumeException e) {
      if (!Errno.of(e).isDenied() || !volume.call(() -> Durable.isDirectory(own))) {
        throw e;
      }
      if (notAllowed.stream().noneMatch(one -> one.startsWith(own))) {
        log.warn(
            "no point needs {}, and the agent's user may not remove it ({}): delete it",
            own,
            VolumeException.why(e));
      }
      notAllowed.add(own);
    }
  }
}
