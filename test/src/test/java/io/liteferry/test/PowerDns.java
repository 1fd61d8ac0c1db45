package io.liteferry.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * PowerDNS, a DNS server that keeps its zones in SQLite, as unpacked from Debian's packages; driven
 * through its own HTTP interface, on addresses of this machine only.
 */
final class PowerDns implements AutoCloseable {
  private static final String KEY = "not-a-secret";

  private final Process process;
  private final Path run;
  private final Path log;
  private final HttpClient client = HttpClient.newHttpClient();
  private final URI zones;

  private PowerDns(Process process, Path run, Path log, int port) {
    this.process = process;
    this.run = run;
    this.log = log;
    this.zones = URI.create("http://127.0.0.1:%d/api/v1/servers/localhost/zones".formatted(port));
  }

  /** Where the packages are; fails with what to run when they are not there. */
  static Path packages() {
    var cache =
        Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
            .filter(value -> !value.isEmpty())
            .map(Path::of)
            .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"));
    var directory = cache.resolve("liteferry-test");
    if (!Files.exists(directory.resolve("complete"))) {
      throw new AssertionError(
          "PowerDNS is not in %s: run test/install-debian-packages.sh".formatted(directory));
    }
    return directory.resolve("root");
  }

  /** Makes its database, as its manual says: with the sqlite3 command and the schema it ships. */
  static void createDatabase(Path database, String journalMode)
      throws IOException, InterruptedException {
    Files.createDirectories(database.getParent());
    var schema = packages().resolve("usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql");
    var sqlite =
        new ProcessBuilder(
                "sqlite3",
                database.toString(),
                "PRAGMA journal_mode = " + journalMode,
                ".read " + schema)
            .redirectErrorStream(true)
            .start();
    var said = new String(sqlite.getInputStream().readAllBytes(), UTF_8);
    if (sqlite.waitFor() != 0) {
      throw new AssertionError("sqlite3: " + said);
    }
  }

  /**
   * Starts it.
   *
   * @param log to be written, outside of what is synchronised
   */
  static PowerDns start(Path database, String journalMode, Path configuration, Path log)
      throws Exception {
    var root = packages();
    // The name of a socket is at most 107 characters long, too few for a test's own directory.
    var run = Files.createTempDirectory("pdns");
    var libraries = libraries(root);
    int port = freePort();
    var builder =
        new ProcessBuilder(
            root.resolve("usr/sbin/pdns_server").toString(),
            "--config-dir=" + configuration,
            "--module-dir=" + libraries.resolve("pdns"),
            "--socket-dir=" + run,
            "--launch=gsqlite3",
            "--gsqlite3-database=" + database,
            "--gsqlite3-pragma-journal-mode=" + journalMode,
            "--daemon=no",
            "--guardian=no",
            "--disable-syslog=yes",
            "--local-address=127.0.0.1",
            "--local-port=" + freePort(),
            "--security-poll-suffix=",
            "--api=yes",
            "--api-key=" + KEY,
            "--webserver=yes",
            "--webserver-address=127.0.0.1",
            "--webserver-port=" + port);
    builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    var started = new PowerDns(builder.start(), run, log, port);
    try {
      Await.until("PowerDNS", started::answers);
    } catch (AssertionError | Exception e) {
      started.close();
      throw new AssertionError("PowerDNS did not start:\n" + Files.readString(log), e);
    }
    return started;
  }

  private static Path libraries(Path root) throws IOException {
    try (var candidates = Files.newDirectoryStream(root.resolve("usr/lib"), "*-linux-gnu")) {
      return candidates.iterator().next();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean answers() throws InterruptedException, IOException {
    if (!process.isAlive()) {
      throw new IOException("it has ended with " + process.exitValue());
    }
    try {
      request("GET", "", "");
      return true;
    } catch (java.net.ConnectException e) {
      return false;
    }
  }

  void createZone(String zone) throws IOException, InterruptedException {
    request(
        "POST",
        "",
        """
        {"name": "%s", "kind": "Native", "nameservers": ["ns1.example.net."]}\
        """
            .formatted(zone));
  }

  /** Sets the addresses of a name; when this returns, the change is committed. */
  void setAddresses(String zone, String name, List<String> addresses)
      throws IOException, InterruptedException {
    var records =
        addresses.stream()
            .map("{\"content\": \"%s\", \"disabled\": false}"::formatted)
            .collect(Collectors.joining(", "));
    request(
        "PATCH",
        "/" + zone,
        """
        {"rrsets": [{"name": "%s", "type": "A", "ttl": 60, "changetype": "REPLACE", "records": [%s]}]}\
        """
            .formatted(name, records));
  }

  void deleteZone(String zone) throws IOException, InterruptedException {
    request("DELETE", "/" + zone, "");
  }

  /** The zone as a zone file, lines in order. */
  List<String> export(String zone) throws IOException, InterruptedException {
    return request("GET", "/" + zone + "/export", "").lines().sorted().toList();
  }

  private String request(String method, String path, String body)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(zones + path))
            .header("X-API-Key", KEY)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    var response = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new AssertionError(
          "%s %s: %d %s%n%s"
              .formatted(
                  method, path, response.statusCode(), response.body(), Files.readString(log)));
    }
    return response.body();
  }

  /** SIGTERM, and the end. */
  void terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(Liteferry.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("PowerDNS does not end");
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() throws IOException {
    kill();
    client.close();
    Workplace.delete(run);
  }
}
