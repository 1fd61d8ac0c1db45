package io.liteferry.restore;

import io.liteferry.publish.Inventory;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a restore removes from local first: what travels, and side files with their databases. What
 * does not travel and is nowhere else stays: what is excluded, or misnamed.
 *
 * @param local the directory
 * @param entries what goes, a directory after its content; a directory that then holds something
 *     else stays
 */
record LocalContent(Path local, List<Entry> entries) {
  private static final Logger log = LoggerFactory.getLogger(LocalContent.class);

  /** Lists it; throws when a part of local cannot be looked at. */
  static LocalContent list(RestoreSite site) throws IOException {
    var tree =
        Tree.scan(
            site.local(),
            (path, directory) -> Inventory.isSkipped(site.filter(), path, directory),
            Tree.BeforeListing.NOTHING);
    for (var unlisted : tree.unlisted().values()) {
      throw unlisted;
    }
    var entries = new ArrayList<Entry>();
    for (var entry : tree.entries().descendingMap().values()) {
      if (entry.kind() == Entry.Kind.DIRECTORY || goes(site, entry)) {
        entries.add(entry);
      }
    }
    return new LocalContent(site.local(), List.copyOf(entries));
  }

  private static boolean goes(RestoreSite site, Entry entry) throws IOException {
    return !isMisnamed(site, entry)
        && (site.filter().takes(entry.path()) || isSideFileOfTaken(site, entry));
  }

  /**
   * Whether local alone has a file with the name of a database's side file, and other content. An
   * interrupted restore may have deleted local's database, and not brought the volume's yet.
   */
  private static boolean isMisnamed(RestoreSite site, Entry entry) throws IOException {
    var side = SideFile.parse(entry.path());
    if (entry.kind() != Entry.Kind.FILE
        || side.isEmpty()
        || side.get().kind() == SideFile.SUPER_JOURNAL
        || !side.get().kind().isSomethingElse(site.inLocal(entry.path()))) {
      return false;
    }
    var base = side.get().base();
    return (RestoreSite.isDatabase(site.inLocal(base)) || site.isDatabaseOnVolume(base))
        && site.lookOnVolume(entry.path()).isEmpty();
  }

  private static boolean isSideFileOfTaken(RestoreSite site, Entry entry) throws IOException {
    var side = SideFile.parse(entry.path());
    return side.isPresent()
        && site.filter().takes(side.get().base())
        && !(entry.kind() == Entry.Kind.FILE
            && side.get().kind().isSomethingElse(site.inLocal(entry.path())));
  }

  List<Entry> filesAndLinks() {
    return entries.stream().filter(entry -> entry.kind() != Entry.Kind.DIRECTORY).toList();
  }

  List<Entry> directories() {
    return entries.stream().filter(entry -> entry.kind() == Entry.Kind.DIRECTORY).toList();
  }

  /** How much more than now local takes with so many bytes in it; nothing when that is less. */
  long bytesMissing(long bytes) {
    return Math.max(0, bytes - RestoreSite.bytes(entries));
  }

  /**
   * Makes sure that local has room for so many bytes in place of these.
   *
   * @throws IOException when it has none
   */
  void requireRoom(long bytes) throws IOException {
    long missing = bytesMissing(bytes);
    long free = Files.getFileStore(local).getUsableSpace();
    if (free < missing) {
      throw new IOException(
          "%s has %d bytes free, the volume's content needs %d: make room or give a larger disk"
              .formatted(local, free, missing));
    }
  }

  void remove() throws IOException {
    for (var entry : entries) {
      var path = local.resolve(entry.path());
      try {
        Files.delete(path);
      } catch (FileSystemException e) {
        if (entry.kind() != Entry.Kind.DIRECTORY) {
          throw e;
        }
        log.debug("{} stays: it holds what is not published, or is a mount", path, e);
      }
    }
  }
}
