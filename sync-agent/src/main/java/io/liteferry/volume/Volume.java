package io.liteferry.volume;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.durable.JsonFile;
import io.liteferry.durable.SourceException;
import io.liteferry.durable.UniqueName;
import io.liteferry.lease.VolumeException;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * The durable directory and the names of everything of ours in it, for reading, which needs no
 * right; {@link VolumeWriter} changes it. What fails on the volume is thrown as {@link
 * VolumeException}.
 */
public final class Volume {
  /** The one directory of ours on the volume. */
  public static final String OWN = ".liteferry";

  /** At the root: what a doctor makes there to try what works, and deletes. */
  public static final String PROBE = ".liteferry-doctor-";

  private static final String MARKER = "volume.json";
  private static final String MANIFEST = "manifest.json";

  /** From the first record on: an earlier version would change the volume without one. */
  static final int FORMAT_OF_RECORDS = 2;

  /** From the first segment on: an earlier version would take a plain file for all there is. */
  static final int FORMAT_OF_SEGMENTS = 3;

  private final Path root;

  public Volume(Path root) {
    this.root = root;
  }

  public Path root() {
    return root;
  }

  /** The one directory of ours. */
  public Path own() {
    return root.resolve(OWN);
  }

  /** Does something on the volume and nowhere else: what fails in it is the volume's. */
  public <T> T call(VolumeException.Work<T> work) throws IOException {
    return VolumeException.on(root, work);
  }

  /** As {@link #call}. */
  public void run(VolumeException.Step step) throws IOException {
    var unused =
        call(
            () -> {
              step.run();
              return root;
            });
  }

  /** As {@link Entry#look}. */
  public Optional<Entry> look(Path path) throws IOException {
    return call(() -> Entry.look(root, path));
  }

  /** Whether a regular file has this name. */
  public boolean hasFile(Path path) throws IOException {
    return call(() -> Durable.isFile(root.resolve(path)));
  }

  /** Where a symbolic link leads. */
  public Path readLink(Path path) throws IOException {
    return call(() -> Files.readSymbolicLink(root.resolve(path)));
  }

  /** As {@link Digest#of(Path)}. */
  public Digest digest(Path path) throws IOException {
    return call(() -> Digest.of(root.resolve(path)));
  }

  /** Whether it is a database, by its header. */
  public boolean hasDatabase(Path path) throws IOException {
    return hasFile(path) && header(path).isPresent();
  }

  /** As {@link DatabaseHeader#read}. */
  public Optional<DatabaseHeader> header(Path path) throws IOException {
    return call(() -> DatabaseHeader.read(root.resolve(path)));
  }

  /** As {@link Durable#syncDirectory}. */
  public void syncDirectory(Path path) throws IOException {
    run(() -> Durable.syncDirectory(root.resolve(path)));
  }

  /**
   * Copies a file off the volume, as {@link Durable#copy} does.
   *
   * @param synced whether it is durable at the end, or the caller sees to that
   * @throws VolumeException when it is the volume that fails, and not what is copied to
   */
  public Digest copyOut(
      Path path, Path to, Durable.Finish finish, LongConsumer copied, boolean synced)
      throws IOException {
    var from = root.resolve(path);
    try {
      return synced
          ? Durable.copy(from, to, finish, copied)
          : Durable.copyUnsynced(from, to, finish, copied);
    } catch (SourceException e) {
      throw VolumeException.of(root, e);
    }
  }

  /** How many bytes of room there are; empty when that is not known. */
  public OptionalLong room() throws IOException {
    return call(
        () -> {
          var store = Files.getFileStore(root);
          long free = store.getUsableSpace();
          return store.getTotalSpace() > 0 ? OptionalLong.of(free) : OptionalLong.empty();
        });
  }

  /**
   * Refuses to start a copy that cannot end well; it would fail later with the same error, and with
   * everything else on the volume out of room meanwhile.
   */
  public void requireRoom(long bytes, Path what) throws IOException {
    var free = room();
    if (free.isPresent() && free.getAsLong() < bytes) {
      throw VolumeException.noRoom(
          "volume %s: %s: %s needs %d bytes, %d are free"
              .formatted(root, Errno.ENOSPC.words(), what, bytes, free.getAsLong()));
    }
  }

  public Path kept() {
    return own().resolve("kept");
  }

  /** Of the history: a directory for each generation that has a record or what one needs. */
  public Path generations() {
    return own().resolve("generations");
  }

  /** Of the history: a directory for each database. */
  public Path pages() {
    return own().resolve("pages");
  }

  public Path markerFile() {
    return own().resolve(MARKER);
  }

  public Path manifestFile() {
    return own().resolve(MANIFEST);
  }

  /** Whether a directory is a volume of ours, damaged or not. */
  public static boolean isMarked(Path directory) throws IOException {
    return Durable.exists(directory.resolve(OWN).resolve(MARKER));
  }

  /** At the root: our own directory, what mkfs makes there, and the snapshots of NFS servers. */
  private static final Set<String> NEVER_AT_ROOT =
      Set.of(OWN, "lost+found", ".snapshot", "#snapshot", ".zfs", "#recycle");

  /** Anywhere: what Synology's indexer makes beside files. */
  private static final String INDEXER = "@eaDir";

  /** Anywhere: what an NFS client makes of a file that is deleted while it is open. */
  private static final String SILLY_RENAMED = ".nfs";

  /** Names that never travel, in either direction: they are not the application's. */
  public static boolean isNeverTaken(Path path) {
    var name = path.getFileName().toString();
    return isSillyRenamed(path)
        || name.equals(INDEXER)
        || (path.getNameCount() == 1 && (NEVER_AT_ROOT.contains(name) || name.startsWith(PROBE)));
  }

  /** Whether it goes by itself, when what was deleted is closed. */
  public static boolean isSillyRenamed(Path path) {
    return path.getFileName().toString().startsWith(SILLY_RENAMED);
  }

  /** Whether a doctor that was killed left this at the root. */
  public static boolean isProbe(Path path) throws IOException {
    var name = path.getFileName().toString();
    return name.startsWith(PROBE)
        && UniqueName.isOne(name.substring(PROBE.length()))
        && Durable.isDirectory(path);
  }

  /** The id that a volume keeps for life; empty when it bears none. */
  public Optional<String> id() throws IOException {
    return call(
        () ->
            JsonFile.read(
                markerFile(), FORMAT_OF_SEGMENTS, json -> json.get("volume").getAsString()));
  }

  /** The format of the marker; empty when there is none. */
  Optional<Integer> format() throws IOException {
    return call(
        () ->
            JsonFile.read(markerFile(), FORMAT_OF_SEGMENTS, json -> json.get("format").getAsInt()));
  }

  public static String newId() {
    return UniqueName.make();
  }

  /** The last manifest; empty before the first publication. */
  public Optional<Manifest> manifest() throws IOException {
    return call(() -> JsonFile.read(manifestFile(), Manifest.FORMAT, Manifest::fromJson));
  }

  /** The last manifest; empty also when it is damaged. It is evidence only. */
  public Optional<Manifest> manifestIfReadable() throws IOException {
    try {
      return manifest();
    } catch (DamagedFileException e) {
      return Optional.empty();
    }
  }

  /**
   * The databases that an earlier version kept in {@code kept}, oldest first, by their path below
   * the volume's root.
   */
  public List<Path> keptCopies() throws IOException {
    return call(this::filesInKept);
  }

  private List<Path> filesInKept() throws IOException {
    if (!Durable.isDirectory(kept())) {
      return List.of();
    }
    try (var found = Files.find(kept(), Integer.MAX_VALUE, (path, look) -> look.isRegularFile())) {
      return found.map(root::relativize).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The application's tree, without what never travels. */
  public Tree scan(PathFilter filter) throws IOException {
    return call(
        () ->
            Tree.scan(
                root,
                (path, directory) -> isNeverTaken(path) || filter.excludes(path, directory),
                Tree.BeforeListing.NOTHING));
  }
}
