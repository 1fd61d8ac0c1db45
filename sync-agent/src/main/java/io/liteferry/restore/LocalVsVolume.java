package io.liteferry.restore;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.publish.Inventory;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.state.AgentState;
import io.liteferry.state.Index;
import io.liteferry.volume.LazyTips;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares local with the volume and with what was published, at one moment. Changes neither; reads
 * only what is asked for.
 */
final class LocalVsVolume implements Decision.Comparison {
  private final RestoreSite site;
  private final DatabaseCheck check;
  private final Remembered remembered;
  private final Optional<Manifest> manifest;
  private final Optional<AgentState> known;

  LocalVsVolume(
      RestoreSite site,
      DatabaseCheck check,
      Remembered remembered,
      Optional<Manifest> manifest,
      Optional<AgentState> known) {
    this.site = site;
    this.check = check;
    this.remembered = remembered;
    this.manifest = manifest;
    this.known = known;
  }

  @Override
  public boolean localHasUnpublishedChanges() throws IOException {
    var index = index().entries();
    var inventory = site.localInventory();
    long files =
        inventory.items().values().stream()
            .filter(item -> item.entry().kind() == Entry.Kind.FILE)
            .count();
    return !inventory.differingFrom(index).isEmpty()
        || files != index.size()
        || hasWhatNoIndexNames(inventory);
  }

  /**
   * Whether local has something of its own beside files and databases. Directories hold nothing
   * that could be lost.
   */
  private boolean hasWhatNoIndexNames(Inventory inventory) throws IOException {
    if (!inventory.unreadable().isEmpty() || !inventory.misnamed().isEmpty()) {
      return true;
    }
    for (var item : inventory.items().values()) {
      var path = item.entry().path();
      if (item.entry().kind() == Entry.Kind.LINK
          && !(kindOnVolume(path).equals(Optional.of(Entry.Kind.LINK)) && isSameLink(site, path))) {
        return true;
      }
    }
    return false;
  }

  private Optional<Entry.Kind> kindOnVolume(Path path) throws IOException {
    return site.lookOnVolume(path).map(Entry::kind);
  }

  @Override
  public boolean volumeWasChangedByOthers() throws IOException {
    var index = index();
    if (!index.isThere() && manifest.isEmpty()) {
      // Nothing is left by which to tell, unless all there is comes from our first publication,
      // which was cut off before it came to the databases.
      return !isFirstPublicationUnderWay() || volumeHasDatabases();
    }
    var found = foreignChanges(index).find();
    found.ifPresent(remembered::warnOnce);
    return found.isPresent();
  }

  /**
   * Whether a volume without data lacks a database, and not as we put a directory in its place, or
   * as it does not travel any more.
   */
  boolean volumeMissesDatabases(Manifest listed) throws IOException {
    var foreign = foreignChanges(index());
    for (var path : listed.databases().keySet()) {
      if (site.filter().takes(path) && !foreign.isReplaced(path)) {
        return true;
      }
    }
    return false;
  }

  private ForeignChanges foreignChanges(Index index) {
    return new ForeignChanges(site.local(), site.volume(), index, manifest);
  }

  @Override
  public Decision.Lookback localAfterReboot() throws IOException {
    var state = site.state();
    if (remembered.isIntactAfterReboot()
        || state.isOnlyForALook()
        || known.map(state::isOfThisBoot).orElse(true)) {
      return Decision.Lookback.INTACT;
    }
    var found =
        new AfterReboot(
                site.local(),
                site.volume(),
                check,
                path -> LocalImage.take(site.local(), path, state))
            .look(index().entries(), site.localInventory(), manifest);
    if (found.isIntact()) {
      remembered.foundIntactAfterReboot();
    }
    return found;
  }

  @Override
  public boolean localHasChangesBeside(Set<Path> databases) throws IOException {
    var index = index().entries();
    var inventory = site.localInventory();
    var segments = new LazyTips(site.volume());
    if (hasWhatNoIndexNames(inventory)) {
      return true;
    }
    for (var path : inventory.differingFrom(index)) {
      if (!databases.contains(path) && !compareWithVolume(segments, inventory.items().get(path))) {
        return true;
      }
    }
    for (var path : index.keySet()) { // a deletion that the volume does not have yet
      if (site.filter().takes(path)
          && !inventory.items().containsKey(path)
          && site.lookOnVolume(path).isPresent()) {
        return true;
      }
    }
    for (var there : site.volume().scan(site.filter()).entries().values()) {
      if (there.kind() == Entry.Kind.LINK
          && site.filter().takes(there.path())
          && !inventory.items().containsKey(there.path())) {
        return true;
      }
    }
    return false;
  }

  /** Whether the volume has the same: the index may be older than what was published last. */
  private boolean compareWithVolume(LazyTips segments, Inventory.@Nullable Item item)
      throws IOException {
    if (item == null || item.wal().isPresent()) {
      return false;
    }
    var there = site.lookOnVolume(item.entry().path());
    return there.isPresent()
        && there.get().kind() == Entry.Kind.FILE
        && (item.database() || there.get().stamp().size() == item.entry().stamp().size())
        && compareContent(site, segments, item);
  }

  private boolean isFirstPublicationUnderWay() throws IOException {
    return site.state()
        .read()
        .map(known -> known.publication().isEmpty() && known.pending().isPresent())
        .orElse(false);
  }

  private boolean volumeHasDatabases() throws IOException {
    return site.volumeInventory().items().values().stream().anyMatch(Inventory.Item::database);
  }

  private Index index() throws IOException {
    return known.isPresent() ? site.state().readIndex(known.get().volumeId()) : Index.NONE;
  }

  /** Whether local equals the volume, name by name and byte by byte; needs no state. */
  static boolean areIdentical(RestoreSite site) throws IOException {
    var here = site.localInventory();
    var there = site.volumeInventory();
    var segments = new LazyTips(site.volume());
    if (!here.items().keySet().equals(there.items().keySet())) {
      return false;
    }
    for (var item : here.items().values()) {
      var path = item.entry().path();
      var other = Objects.requireNonNull(there.items().get(path)).entry();
      boolean same =
          item.entry().kind() == other.kind()
              && item.wal().isEmpty()
              && (item.entry().kind() != Entry.Kind.FILE || compareContent(site, segments, item))
              && (item.entry().kind() != Entry.Kind.LINK || isSameLink(site, path));
      if (!same) {
        return false;
      }
    }
    return true;
  }

  /**
   * Of a database: by a snapshot, as SQLite writes some header fields anew in each; with what
   * segments lead to, if there are any. False when that cannot be told.
   */
  private static boolean compareContent(RestoreSite site, LazyTips segments, Inventory.Item item)
      throws IOException {
    var path = item.entry().path();
    var plain = site.volume().digest(path);
    if (!item.database()) {
      return Digest.of(site.inLocal(path)).equals(plain);
    }
    var file = site.volume().root().resolve(path);
    try (var image = LocalImage.take(site.local(), path, site.state())) {
      var digest = image.digest();
      var tip = site.volume().call(() -> segments.get().of(path, plain, file));
      return digest.isPresent()
          && PublishedContent.of(Set.of(plain), tip)
              .isIn(image.isTaken() ? image.image() : image.copy(), digest.get());
    } catch (DamagedFileException e) {
      return false; // a segment is missing
    }
  }

  private static boolean isSameLink(RestoreSite site, Path path) throws IOException {
    return Files.readSymbolicLink(site.inLocal(path)).equals(site.volume().readLink(path));
  }
}
