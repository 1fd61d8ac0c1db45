package io.liteferry.test;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What an {@link Application}'s directory holds, by relative path: databases by what is in their
 * rows, everything else byte by byte, side files not at all.
 */
record Version(NavigableMap<String, String> entries) {
  /** Before there was anything. */
  static final Version NOTHING = new Version(new TreeMap<>());

  /** Reads a tree that nobody changes meanwhile; a database that is not sound fails. */
  static Version of(Path home, Path scratch) throws IOException {
    var entries = TreeListing.of(home, TreeListing.Detail.CONTENT);
    for (var database : Application.DATABASES) {
      if (entries.containsKey(database.toString())) {
        var reading = Application.readWithSideFiles(home.resolve(database), scratch);
        if (!reading.problems().isEmpty()) {
          throw new AssertionError(home.resolve(database) + ": " + reading.problems());
        }
        entries.put(database.toString(), "database " + reading.content());
      }
    }
    entries.keySet().removeIf(Version::isSideFile);
    return new Version(entries);
  }

  static boolean isSideFile(String name) {
    return Application.DATABASES.stream()
        .anyMatch(
            database ->
                Bank.SIDE_FILES.stream().anyMatch(suffix -> name.equals(database + suffix)));
  }

  /**
   * Everything that breaks the contract on a volume where agents have published some of these
   * versions, the last one perhaps in part.
   *
   * @param versions in their order; only the last two may be mixed
   * @param sideFiles whether a direct use left side files, which may still be there
   */
  static List<String> problems(Path volume, List<Version> versions, boolean sideFiles, Path scratch)
      throws IOException {
    var problems = new ArrayList<String>();
    var found = TreeListing.of(volume, TreeListing.Detail.CONTENT);
    for (var name : found.keySet().stream().filter(Version::isSideFile).toList()) {
      if (!sideFiles) {
        problems.add("a side file is on the volume: " + name);
      }
      found.remove(name);
    }
    for (var database : Application.DATABASES) {
      if (!found.containsKey(database.toString())) {
        continue;
      }
      var file = volume.resolve(database);
      var reading =
          sideFiles ? Application.readWithSideFiles(file, scratch) : Application.read(file);
      reading.problems().forEach(problem -> problems.add(database + ": " + problem));
      found.put(database.toString(), "database " + reading.content());
      for (var upload : reading.uploads()) {
        var named = volume.resolve(upload.file());
        if (!Files.isRegularFile(named, NOFOLLOW_LINKS)) {
          problems.add(database + " names a file that is not there: " + upload.file());
        } else if (!Sha256.of(named).equals(upload.sha256())) {
          problems.add(database + " names a file of other content: " + upload.file());
        }
      }
    }
    found.forEach(
        (name, what) -> {
          if (versions.stream().noneMatch(v -> what.equals(v.entries.get(name)))) {
            problems.add("of no version: " + name + " " + what);
          }
        });
    for (var name : versions.getFirst().entries.keySet()) {
      if (versions.stream().allMatch(v -> v.entries.containsKey(name))
          && !found.containsKey(name)) {
        problems.add("is in every version and not there: " + name);
      }
    }
    if (versions.size() == 2) {
      new Version(found).order(versions.getFirst(), versions.getLast(), problems);
    }
    return problems;
  }

  /** New files go first, then databases, then deletions. */
  private void order(Version before, Version after, List<String> problems) {
    var changedDatabases = new TreeSet<String>();
    for (var database : Application.DATABASES) {
      var now = after.entries.get(database.toString());
      if (now != null && !now.equals(before.entries.get(database.toString()))) {
        changedDatabases.add(database.toString());
      }
    }
    NavigableSet<String> published = new TreeSet<>(changedDatabases);
    published.removeIf(name -> !after.entries.get(name).equals(entries.get(name)));
    if (!published.isEmpty()) {
      after.entries.forEach(
          (name, what) -> {
            if (!changedDatabases.contains(name) && !what.equals(entries.get(name))) {
              problems.add(published + " published before " + name);
            }
          });
    }
    if (!published.equals(changedDatabases)) {
      for (var name : before.entries.keySet()) {
        if (!after.entries.containsKey(name) && !entries.containsKey(name)) {
          problems.add(name + " deleted when only " + published + " were published");
        }
      }
    }
  }

  /** Names, kinds, content, modes, inodes and times of an application's own files in local. */
  static NavigableMap<String, String> untouched(Path local) throws IOException {
    var listing = TreeListing.of(local, TreeListing.Detail.EVERYTHING);
    // SQLite makes a -shm and an empty -wal for any reader; that changes the directory's time.
    listing.keySet().removeIf(name -> isSideFile(name) && name.endsWith("-shm"));
    listing
        .entrySet()
        .removeIf(entry -> isSideFile(entry.getKey()) && entry.getValue().startsWith("0 "));
    listing.replaceAll((name, what) -> what.startsWith("directory") ? "directory" : what);
    return listing;
  }
}
