package io.liteferry.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.model.Recording.Moment;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A database that has become something else is published, and the agent is killed at each moment.
 */
final class ReplacedDatabaseFaultTest {
  @TempDir(factory = InMemory.class)
  Path directory;

  private static void replaceBy(String kind, Path database) throws IOException {
    int size = (int) Files.size(database);
    Files.delete(database);
    switch (kind) {
      case "directory" -> Files.createDirectory(database);
      case "filled directory" ->
          Files.writeString(Files.createDirectory(database).resolve("f"), "x");
      case "link" -> Files.createSymbolicLink(database, Path.of("elsewhere"));
      case "file" -> Files.writeString(database, "no database");
      case "empty file" -> Files.createFile(database);
      case "rekeyed" -> {
        var noise = new byte[size];
        Arrays.fill(noise, (byte) 0x5a);
        Files.write(database, noise);
      }
      case "deleted" -> {}
      default -> throw new IllegalArgumentException(kind);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "directory, false",
    "filled directory, false",
    "link, false",
    "link, true",
    "file, false",
    "empty file, false",
    "empty file, true",
    "rekeyed, false",
    "deleted, false"
  })
  void pass_killedAtAnyMomentOverAReplacedDatabase_theNextStartCompletesIt(
      String kind, boolean alone) throws Exception {
    try (var walk = new FaultWalk(directory, "kill over a " + kind)) {
      var server = new ModelServer();
      var app = Files.createDirectory(walk.local.resolve("d")).resolve("app.db");
      TestDatabase.create(app).close();
      if (!alone) {
        Files.writeString(walk.local.resolve("f"), "x");
        TestDatabase.create(walk.local.resolve("other.db")).close();
      }
      walk.publish(server);
      walk.contract.addVersion(walk.local);
      server.syncAll();
      replaceBy(kind, app);
      walk.contract.addVersion(walk.local);
      var moments =
          walk.new Start(server)
              .record(
                  pod -> {
                    pod.requireReady();
                    pod.publishAll();
                  });
      for (var moment : moments) {
        requireNamedDatabasesAreThere(moment);
        walk.goOnHere(moment.server().copy(), moment.state(), moment.toString());
      }
      // and the application makes a database again before the next start
      Site.deleteContent(app.getParent());
      TestDatabase.create(app).insert("a new one").close();
      walk.contract.addVersion(walk.local);
      for (var moment : walk.sample(moments, 30)) {
        walk.goOnHere(moment.server().copy(), moment.state(), moment + ", a database again");
      }
    }
  }

  /** Else verify calls corrupt, until the next pass, what something else has replaced. */
  private static void requireNamedDatabasesAreThere(Moment moment) throws IOException {
    var volume = new Volume(FaultWalk.rootOf(moment.server()));
    var manifest = volume.manifest().orElseThrow();
    for (var database : manifest.databases().keySet()) {
      assertTrue(
          volume.hasFile(database) && volume.header(database).isPresent(),
          () -> moment + ": the manifest names " + database + ", which is none");
    }
  }

  /** A volume that is empty since we emptied it has not lost its data. */
  @Test
  void pass_killedAtAnyMomentWhileTheOnlyDatabaseIsDeleted_anotherNodeStarts() throws Exception {
    try (var walk = new FaultWalk(directory, "kill over the only database")) {
      var server = new ModelServer();
      var app = walk.local.resolve("app.db");
      TestDatabase.create(app).close();
      walk.publish(server);
      walk.contract.addVersion(walk.local);
      server.syncAll();
      Files.delete(app);
      walk.contract.addVersion(walk.local);
      for (var moment : walk.new Start(server).record(Pod::pass)) {
        walk.goOnElsewhere(moment.server().copy(), moment.toString());
      }
    }
  }
}
