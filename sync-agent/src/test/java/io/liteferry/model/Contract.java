package io.liteferry.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.liteferry.durable.Digest;
import io.liteferry.volume.Tips;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sqlite.SQLiteConfig;

/**
 * What must hold of a volume at every moment, for an application that went through known versions.
 * Shares no code with what it checks: it reads bytes, and opens databases with an SQLite of its
 * own.
 *
 * <ul>
 *   <li>Each name has the complete content that it had in one of the versions; a name that each
 *       version has is there.
 *   <li>Each database is sound, and what it says adds up.
 *   <li>Each file that a database names is there.
 *   <li>No database has a side file beside it, unless the volume began with them; then the two
 *       together are one of the versions.
 * </ul>
 */
final class Contract {
  private static final String MAGIC = "SQLite format 3\0";
  private static final List<String> SIDES = List.of("-wal", "-journal", "-shm");
  private static final String OURS = ".liteferry";

  /** At the root: where a detach puts the kept copies in sight. Not the application's. */
  static final String KEPT = "kept copies";

  /** The same, for the history. */
  static final String HISTORY = "history";

  /**
   * What a name stands for.
   *
   * @param content of a database what its tables hold; of a file its digest; of a link its target
   * @param names the files that a database names
   */
  record Thing(String kind, String content, List<String> names) {
    boolean is(Thing other) {
      return kind.equals(other.kind) && content.equals(other.content);
    }

    @Override
    public String toString() {
      return kind + " " + content;
    }
  }

  private final Path scratch;
  private final List<SortedMap<String, Thing>> versions = new ArrayList<>();
  private final Set<String> known = new TreeSet<>();
  private final Map<String, Thing> databases = new HashMap<>();
  private boolean sideFilesAllowed;
  private int checks;

  /**
   * A contract without a version.
   *
   * @param scratch an empty directory on a real disk
   */
  Contract(Path scratch) {
    this.scratch = scratch;
  }

  /** How often {@link #check} was called. */
  int checks() {
    return checks;
  }

  /** The volume began with side files. */
  Contract allowingSideFiles() {
    sideFilesAllowed = true;
    return this;
  }

  /** From now on what is in this tree, with the commits in side files, may be on the volume. */
  void addVersion(Path root) throws IOException {
    var version = things(root, true);
    versions.add(version);
    known.addAll(version.keySet());
  }

  /** Versions before the last one are out of date: whoever is told that it is safe relies on it. */
  Contract onlyLast() {
    var only = new Contract(scratch);
    only.databases.putAll(databases);
    only.versions.add(versions.getLast());
    only.known.addAll(versions.getLast().keySet());
    return only;
  }

  /** The same with one version more. */
  Contract and(Path root) throws IOException {
    var more = new Contract(scratch);
    more.databases.putAll(databases);
    more.versions.addAll(versions);
    more.known.addAll(known);
    more.addVersion(root);
    return more;
  }

  /** Fails unless the tree keeps the contract. */
  void check(Path root, String when) throws IOException {
    check(root, when, Set.of());
  }

  /**
   * The same, but for files that the agent has reported as refused by the volume for themselves,
   * with all below them: these do not hold databases back.
   */
  void check(Path root, String when, Set<String> reported) throws IOException {
    checks++;
    var found = things(root, sideFilesAllowed);
    for (var entry : found.entrySet()) {
      var name = entry.getKey();
      var thing = entry.getValue();
      if (!thing.kind().equals("directory")
          && versions.stream().noneMatch(v -> v.containsKey(name) && thing.is(v.get(name)))) {
        throw new AssertionError(
            "%s: %s is %s, which it never was: %s"
                .formatted(when, name, thing, versions.stream().map(v -> v.get(name)).toList()));
      }
      for (var named : thing.names()) {
        if (reported.stream().anyMatch(r -> named.equals(r) || named.startsWith(r + "/"))) {
          continue;
        }
        if (!found.containsKey(named) || found.get(named).kind().equals("directory")) {
          throw new AssertionError(
              "%s: %s names %s, which is not there".formatted(when, name, named));
        }
      }
    }
    for (var name : known) {
      var kinds = new TreeSet<String>();
      versions.forEach(v -> kinds.add(v.containsKey(name) ? v.get(name).kind() : "absent"));
      if (kinds.size() == 1 && !found.containsKey(name)) {
        throw new AssertionError("%s: %s is gone".formatted(when, name));
      }
    }
  }

  /** The number of the version of a name that is on the volume; -1 when it is none, or absent. */
  int versionOf(Path root, String name) throws IOException {
    var file = root.resolve(name);
    if (!Files.exists(file, NOFOLLOW_LINKS)) {
      return -1;
    }
    var thing = thing(root, file, sideFilesAllowed);
    for (int i = versions.size() - 1; i >= 0; i--) {
      if (versions.get(i).containsKey(name) && thing.is(versions.get(i).get(name))) {
        return i;
      }
    }
    return -1;
  }

  /** The whole tree with its attributes, to be compared with another one. */
  SortedMap<String, String> image(Path root) throws IOException {
    var image = new TreeMap<String, String>();
    for (var entry : things(root, true).entrySet()) {
      var path = root.resolve(entry.getKey());
      var unix = Files.readAttributes(path, "unix:mode,uid,gid,lastModifiedTime", NOFOLLOW_LINKS);
      boolean timed = entry.getValue().kind().equals("file");
      image.put(
          entry.getKey(),
          "%s %o %s:%s %s"
              .formatted(
                  entry.getValue(),
                  (Integer) unix.get("mode"),
                  unix.get("uid"),
                  unix.get("gid"),
                  timed ? unix.get("lastModifiedTime") : ""));
    }
    return image;
  }

  private SortedMap<String, Thing> things(Path root, boolean sidesBelong) throws IOException {
    var things = new TreeMap<String, Thing>();
    collect(root, root, sidesBelong, things);
    return things;
  }

  private void collect(
      Path root, Path directory, boolean sidesBelong, SortedMap<String, Thing> things)
      throws IOException {
    try (var names = Files.newDirectoryStream(directory)) {
      for (var path : names) {
        var name = root.relativize(path).toString();
        if (List.of(OURS, KEPT, HISTORY).contains(name) || (sidesBelong && isSideFile(path))) {
          continue;
        }
        var thing = thing(root, path, sidesBelong);
        things.put(name, thing);
        if (thing.kind().equals("directory")) {
          collect(root, path, sidesBelong, things);
        }
      }
    }
  }

  private static boolean isSideFile(Path path) {
    var name = path.getFileName().toString();
    return SIDES.stream().anyMatch(side -> name.endsWith(".db" + side));
  }

  private Thing thing(Path root, Path path, boolean sidesBelong) throws IOException {
    if (Files.isSymbolicLink(path)) {
      return new Thing("link", Files.readSymbolicLink(path).toString(), List.of());
    }
    if (Files.isDirectory(path, NOFOLLOW_LINKS)) {
      return new Thing("directory", "", List.of());
    }
    var bytes = newest(root, path);
    if (!path.getFileName().toString().endsWith(".db")) {
      return new Thing("file", digest(bytes), List.of());
    }
    if (!new String(bytes, 0, Math.min(bytes.length, MAGIC.length()), ISO_8859_1).equals(MAGIC)) {
      return new Thing("file", digest(bytes), List.of());
    }
    var key = new StringBuilder(digest(bytes));
    var sides = new TreeMap<String, byte[]>();
    for (var side : SIDES) {
      var beside = path.resolveSibling(path.getFileName() + side);
      if (!Files.exists(beside, NOFOLLOW_LINKS)) {
        continue;
      }
      if (!sidesBelong) {
        return new Thing("database", "with " + side + " beside it", List.of());
      }
      if (!side.equals("-shm")) {
        sides.put(side, Files.readAllBytes(beside));
        key.append(side).append(digest(sides.get(side)));
      }
    }
    var seen = databases.get(key.toString());
    if (seen == null) {
      seen = read(bytes, sides);
      databases.put(key.toString(), seen);
    }
    return seen;
  }

  /** With what segments lead to, as SQLite itself folds them: they are logs of its own. */
  private byte[] newest(Path root, Path path) throws IOException {
    var bytes = Files.readAllBytes(path);
    if (!Files.exists(root.resolve(OURS).resolve("pages")) || !path.toString().endsWith(".db")) {
      return bytes;
    }
    var tips = Tips.of(new Volume(root));
    if (tips.areNone()) {
      return bytes;
    }
    var copy = scratch.resolve("folded.db");
    Files.write(copy, bytes);
    for (var segment : tips.of(root.relativize(path), Digest.of(path), copy).segments()) {
      Files.write(scratch.resolve("folded.db-wal"), Files.readAllBytes(root.resolve(segment)));
      try (var connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + copy)) {
        assertEquals(List.of("[0, 0, 0]"), rows(connection, "PRAGMA wal_checkpoint(TRUNCATE)"));
      } catch (SQLException e) {
        throw new IOException(e);
      }
    }
    var folded = Files.readAllBytes(copy);
    for (var file : List.of("folded.db", "folded.db-wal", "folded.db-shm")) {
      Files.deleteIfExists(scratch.resolve(file));
    }
    return folded;
  }

  /** What an application would find that opens the database now. */
  private Thing read(byte[] bytes, Map<String, byte[]> sides) throws IOException {
    var copy = scratch.resolve("opened.db");
    Files.write(copy, bytes);
    for (var side : sides.entrySet()) {
      Files.write(scratch.resolve("opened.db" + side.getKey()), side.getValue());
    }
    var config = new SQLiteConfig();
    try (var connection = config.createConnection("jdbc:sqlite:" + copy)) {
      var findings = rows(connection, "PRAGMA integrity_check");
      if (!findings.equals(List.of("ok"))) {
        return new Thing("database", "corrupt " + findings, List.of());
      }
      var content = new StringBuilder();
      var tables = rows(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'");
      for (var table : tables) {
        content.append(table).append(rows(connection, "SELECT * FROM " + table + " ORDER BY 1"));
      }
      if (tables.contains("account")
          && !rows(connection, "SELECT sum(balance) FROM account").equals(List.of("100"))) {
        return new Thing("database", "does not add up: " + content, List.of());
      }
      var names =
          tables.contains("document")
              ? rows(connection, "SELECT name FROM document")
              : List.<String>of();
      return new Thing("database", content.toString(), names);
    } catch (SQLException e) {
      return new Thing("database", "unreadable " + e.getMessage(), List.of());
    } finally {
      for (var file : List.of("opened.db", "opened.db-wal", "opened.db-shm", "opened.db-journal")) {
        Files.deleteIfExists(scratch.resolve(file));
      }
    }
  }

  private static List<String> rows(Connection connection, String query) throws SQLException {
    var found = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        var row = new String[columns];
        for (int i = 0; i < columns; i++) {
          row[i] = rows.getString(i + 1);
        }
        found.add(columns == 1 ? row[0] : Arrays.toString(row));
      }
    }
    return found;
  }

  private static String digest(byte[] bytes) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
