package io.liteferry.restore;

import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Inventory;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.SideFile;
import io.liteferry.volume.GenerationFiles;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a restore copies, as the volume was listed.
 *
 * @param entries in the order in which they are made: a directory before its content, a database
 *     before its side files
 * @param databases those of the entries that are databases
 * @param growth how many bytes segments add to these
 */
record VolumeContent(List<Entry> entries, List<Entry> databases, long growth) {
  /**
   * Lists the volume.
   *
   * @throws VolumeException when something on it cannot be read
   */
  static VolumeContent list(RestoreSite site) throws IOException {
    var inventory = site.volumeInventory();
    for (var unreadable : inventory.unreadable().entrySet()) {
      throw new VolumeException(
          "volume %s: %s cannot be read (%s); nothing was restored: let the agent's user read it there (chown, chmod), or remove it"
              .formatted(site.volume().root(), unreadable.getKey(), unreadable.getValue()));
    }
    var entries = new ArrayList<Entry>();
    var databases = new ArrayList<Entry>();
    for (var item : inventory.items().values()) {
      entries.add(item.entry());
      if (item.database()) {
        databases.add(item.entry());
        addSideFiles(site, item, entries);
      }
    }
    return new VolumeContent(List.copyOf(entries), List.copyOf(databases), growth(site, databases));
  }

  private static long growth(RestoreSite site, List<Entry> databases) throws IOException {
    var manifest = site.volume().manifestIfReadable();
    long growth = 0;
    for (var entry : databases) {
      long plain = entry.stamp().size();
      var ahead = manifest.flatMap(m -> m.database(entry.path())).flatMap(Manifest.Database::ahead);
      growth += ahead.map(a -> Math.max(0, a.bytes() - plain)).orElse(0L);
    }
    return growth;
  }

  /** Those of its side files that hold content of the database. */
  private static void addSideFiles(RestoreSite site, Inventory.Item database, List<Entry> entries)
      throws IOException {
    for (var side : SideFile.withContentOf(database.entry().path())) {
      site.lookOnVolume(side)
          .filter(entry -> entry.kind() == Entry.Kind.FILE)
          .ifPresent(entries::add);
    }
  }

  /** How many bytes its files have when they are in local. */
  long bytes() {
    return RestoreSite.bytes(entries) + growth;
  }

  List<Entry> files() {
    return ofKind(Entry.Kind.FILE);
  }

  List<Entry> filesAndLinks() {
    return entries.stream().filter(entry -> entry.kind() != Entry.Kind.DIRECTORY).toList();
  }

  List<Entry> directories() {
    return ofKind(Entry.Kind.DIRECTORY);
  }

  private List<Entry> ofKind(Entry.Kind kind) {
    return entries.stream().filter(entry -> entry.kind() == kind).toList();
  }

  /**
   * What an agent before us had renamed and not synced is restored as well, and will be relied on:
   * it must not be lost in a crash of the volume that keeps what is published next.
   */
  void syncOnVolume(RestoreSite site) throws IOException {
    for (var directory : directories()) {
      site.volume().syncDirectory(directory.path());
    }
    site.volume().syncDirectory(site.volume().root());
    new GenerationFiles(site.volume()).syncPages();
  }
}
