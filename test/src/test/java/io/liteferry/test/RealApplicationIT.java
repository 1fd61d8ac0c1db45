package io.liteferry.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Data made by a program that is not ours: PowerDNS with its database, its configuration and a tree
 * of exported zone files beside it, through every command.
 */
@Tag("real-app")
class RealApplicationIT {
  private static final int ZONES = 20;
  private static final int NAMES = 10;

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path local;
  private Path volume;

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE"})
  void powerDns_throughEveryCommand_keepsItsZones(String journalMode) throws Exception {
    local = workplace.directory("local");
    volume = workplace.directory("volume");

    // A first start: empty volume, adopted local. The agent runs while the server works.
    PowerDns.createDatabase(database(), journalMode);
    writeConfiguration();
    List<List<String>> zones;
    try (var agent = Liteferry.start("run", local, volume)) {
      agent.awaitLog(Liteferry.READY);
      try (var server = startServer(journalMode)) {
        for (int z = 0; z < ZONES; z++) {
          server.createZone(zone(z));
          for (int n = 0; n < NAMES; n++) {
            server.setAddresses(zone(z), name(n, z), List.of("192.0.2." + z, address(z, n)));
          }
          exportZone(server, z);
        }
        server.setAddresses(zone(3), name(1, 3), List.of());
        server.deleteZone(zone(ZONES - 1));
        Files.delete(zoneFile(ZONES - 1));
        zones = exportAll(server);
        server.terminate();
      }
      agent.terminate();
      var ended = agent.awaitEnd();
      assertEquals(0, ended.exitCode(), ended::toString);
    }
    assertSameFiles();
    verify(journalMode);

    // The node is lost. Another one restores, and the server there knows the same zones.
    Workplace.delete(local);
    Workplace.delete(workplace.root().resolve("local.liteferry"));
    Files.createDirectory(local);
    var restored = Liteferry.run("restore", local, volume);
    assertEquals(0, restored.exitCode(), restored::toString);
    assertSameFiles();
    try (var watching = Liteferry.start("watch", local, volume);
        var server = startServer(journalMode)) {
      watching.awaitLog(Liteferry.READY);
      assertEquals(zones, exportAll(server));

      // A change is on the volume soon, while the server runs on; then everything dies at once.
      server.setAddresses(zone(0), name(0, 0), List.of("192.0.2.77"));
      zones = exportAll(server);
      var published = volume.resolve("data/pdns.sqlite3");
      Await.until(
          "the new address on the volume",
          () -> new String(Files.readAllBytes(published), ISO_8859_1).contains("192.0.2.77"));
      server.kill();
      watching.kill();
      watching.awaitEnd();
    }

    // The same node: what the killed server left, a hot journal perhaps, is published by sync.
    var synced = Liteferry.run("sync", local, volume);
    assertEquals(0, synced.exitCode(), synced::toString);
    verify(journalMode);

    // At any moment the server can run on the volume itself, without Liteferry.
    try (var server =
        PowerDns.start(
            volume.resolve("data/pdns.sqlite3"),
            journalMode,
            volume.resolve("etc"),
            workplace.root().resolve("pdns.log"))) {
      assertEquals(zones, exportAll(server));
    }
  }

  private Path database() {
    return local.resolve("data/pdns.sqlite3");
  }

  private PowerDns startServer(String journalMode) throws Exception {
    return PowerDns.start(
        database(), journalMode, local.resolve("etc"), workplace.root().resolve("pdns.log"));
  }

  private void writeConfiguration() throws IOException {
    var directory = Files.createDirectories(local.resolve("etc"));
    Files.writeString(directory.resolve("pdns.conf"), "query-cache-ttl=0\ncache-ttl=0\n");
    Files.createSymbolicLink(directory.resolve("current"), Path.of("pdns.conf"));
    Files.createDirectories(local.resolve("zones"));
  }

  private Path zoneFile(int zone) {
    return local.resolve("zones").resolve(zone(zone) + "zone");
  }

  private void exportZone(PowerDns server, int zone) throws Exception {
    Files.write(zoneFile(zone), server.export(zone(zone)));
  }

  private static List<List<String>> exportAll(PowerDns server) throws Exception {
    var all = new ArrayList<List<String>>();
    for (int z = 0; z < ZONES - 1; z++) {
      all.add(server.export(zone(z)));
    }
    return all;
  }

  private static String zone(int zone) {
    return "zone%d.example.org.".formatted(zone);
  }

  private static String name(int name, int zone) {
    return "host%d.%s".formatted(name, zone(zone));
  }

  private static String address(int a, int b) {
    return "198.51.100.%d".formatted(a * 10 + b);
  }

  private void assertSameFiles() throws IOException {
    var expected = TreeListing.of(local, TreeListing.Detail.CONTENT);
    var found = TreeListing.of(volume, TreeListing.Detail.CONTENT);
    // The database's bytes may differ while SQLite keeps a WAL; what it says is compared.
    for (var suffix : List.of("", "-wal", "-shm")) {
      expected.remove("data/pdns.sqlite3" + suffix);
    }
    assertTrue(found.remove("data/pdns.sqlite3") != null, found::toString);
    assertEquals(expected, found);
  }

  private void verify(String journalMode) throws Exception {
    var verified = Liteferry.run("verify", volume, "--json");
    assertEquals(0, verified.exitCode(), verified::toString);
    assertTrue(
        JsonParser.parseString(verified.out()).getAsJsonObject().get("sound").getAsBoolean());
    var status = Liteferry.run("status", volume, "--json");
    assertEquals(0, status.exitCode(), status::toString);
    var database =
        JsonParser.parseString(status.out())
            .getAsJsonObject()
            .getAsJsonArray("databases")
            .get(0)
            .getAsJsonObject();
    assertEquals("data/pdns.sqlite3", database.get("path").getAsString());
    assertEquals(
        journalMode.equals("WAL") ? "wal" : "rollback", database.get("journalMode").getAsString());
  }
}
