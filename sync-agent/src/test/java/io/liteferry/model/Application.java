package io.liteferry.model;

import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.file.PathUtils;

/**
 * An application with one of everything: databases in both journal modes, files that their rows
 * name, and each way in which a name can change from its first version to its second.
 */
final class Application implements AutoCloseable {
  private final Path local;
  private TestDatabase store;
  private TestDatabase ledger;

  /** Makes the first version in an empty local and stays connected to its databases. */
  Application(Path local) throws IOException {
    this.local = local;
    for (var directory : new String[] {"uploads", "swap", "empty", "d"}) {
      Files.createDirectory(local.resolve(directory));
    }
    for (var name : new String[] {"same", "changed", "gone", "old-name"}) {
      Files.writeString(local.resolve("uploads/" + name), name + " of version one");
    }
    Files.writeString(local.resolve("swap/inner"), "in a directory that becomes a file");
    Files.writeString(local.resolve("flip"), "a file that becomes a directory");
    Files.writeString(local.resolve("script"), "echo");
    Files.createSymbolicLink(local.resolve("link"), Path.of("uploads/same"));
    TestDatabase.create(local.resolve("gone.db")).close();
    store = TestDatabase.open(local.resolve("store.db"));
    store.run(
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = OFF",
        "PRAGMA page_size = 512",
        "CREATE TABLE document(name TEXT PRIMARY KEY)",
        "INSERT INTO document VALUES ('uploads/same'), ('uploads/changed'), ('uploads/gone'),"
            + " ('uploads/old-name')");
    ledger = TestDatabase.open(local.resolve("d/ledger.db"));
    ledger.run(
        "PRAGMA synchronous = OFF",
        "CREATE TABLE account(name TEXT PRIMARY KEY, balance INTEGER)",
        "INSERT INTO account VALUES ('a', 50), ('b', 50)");
  }

  /** Changes a little, again and again, without coming to the second version. */
  void keepBusy(int times) throws IOException {
    Files.writeString(local.resolve("uploads/changed"), "for the time " + times);
    Files.writeString(local.resolve("uploads/busy" + times), "new in " + times);
    Files.deleteIfExists(local.resolve("uploads/busy" + (times - 2)));
    ledger.run("UPDATE account SET balance = balance + CASE name WHEN 'a' THEN 1 ELSE -1 END");
  }

  /** Publishes a first point and three busy ones, and works on: local is ahead of the volume. */
  ModelServer publishPoints(FaultWalk walk) throws Exception {
    var server = new ModelServer();
    walk.publishPoint(server);
    for (int i = 0; i < 3; i++) {
      keepBusy(i);
      walk.publishPoint(server);
    }
    workOn();
    walk.contract.addVersion(walk.local);
    return server;
  }

  /** Works on to the second version. A file is written before the row that names it. */
  void workOn() throws IOException {
    Files.writeString(local.resolve("uploads/changed"), "changed, and of another length");
    Files.writeString(local.resolve("uploads/new"), "new");
    Files.move(local.resolve("uploads/old-name"), local.resolve("uploads/new-name"));
    Files.createDirectories(local.resolve("fresh/deeper"));
    Files.writeString(local.resolve("fresh/deeper/f"), "deep");
    store.run(
        "DELETE FROM document WHERE name IN ('uploads/gone', 'uploads/old-name')",
        "INSERT INTO document VALUES ('uploads/new'), ('uploads/new-name'), ('fresh/deeper/f')");
    ledger.run("UPDATE account SET balance = balance + CASE name WHEN 'a' THEN 7 ELSE -7 END");
    Files.delete(local.resolve("uploads/gone"));
    PathUtils.delete(local.resolve("swap"));
    Files.writeString(local.resolve("swap"), "a file now");
    Files.delete(local.resolve("flip"));
    Files.createDirectory(local.resolve("flip"));
    Files.writeString(local.resolve("flip/inner"), "in what was a file");
    Files.setAttribute(local.resolve("script"), "unix:mode", 0755);
    Files.delete(local.resolve("link"));
    Files.createSymbolicLink(local.resolve("link"), Path.of("uploads/changed"));
    Files.delete(local.resolve("empty"));
    Files.delete(local.resolve("gone.db"));
    TestDatabase.create(local.resolve("another.db"), "journal_mode = WAL").close();
  }

  /** Lets the rows of a restored database name every upload that is there. */
  static void nameWhatIsThere(Path local) throws IOException {
    try (var store = TestDatabase.open(local.resolve("store.db"));
        var uploads = Files.newDirectoryStream(local.resolve("uploads"))) {
      for (var upload : uploads) {
        var name = local.relativize(upload);
        store.run("INSERT OR IGNORE INTO document VALUES ('" + name + "')");
      }
    }
  }

  Path local() {
    return local;
  }

  /** The application is killed, and what it leaves becomes the content of a volume, all durable. */
  void copyTo(ModelServer server) throws IOException {
    var to = FaultWalk.rootOf(server);
    try (var paths = Files.walk(local)) {
      for (var path : (Iterable<Path>) paths::iterator) {
        var name = local.relativize(path);
        if (Files.isSymbolicLink(path)) {
          Files.createSymbolicLink(to.resolve(name), Files.readSymbolicLink(path));
        } else if (!Files.isDirectory(path)) {
          Files.write(to.resolve(name), Files.readAllBytes(path));
        } else if (!name.toString().isEmpty()) {
          Files.createDirectory(to.resolve(name));
        }
      }
    }
    server.syncAll();
  }

  @Override
  public void close() {
    store.close();
    ledger.close();
  }
}
