package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the agent answers over HTTP, and that it does so whatever the volume does. */
class HealthIT {
  private static final String LISTENING = "listening on ";

  /** An answer takes milliseconds; one that waits for the volume would take for ever. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  @RegisterExtension final Workplace workplace = new Workplace();

  private final HttpClient client = HttpClient.newHttpClient();
  private Path local;
  private Path volume;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
  }

  private Liteferry start(String command, Object... options) throws IOException {
    return start(command, local, options);
  }

  private Liteferry start(String command, Path of, Object... options) throws IOException {
    var environment = Map.of("LITEFERRY_LISTEN", "0");
    var arguments = new ArrayList<Object>(List.of(command, of, volume));
    arguments.addAll(List.of(options));
    return workplace.closing(Liteferry.start(environment, List.of(), arguments.toArray()));
  }

  private HttpResponse<String> ask(Liteferry agent, String path, String... headers)
      throws IOException, InterruptedException {
    var line = agent.awaitLog(LISTENING);
    var root = line.substring(line.indexOf(LISTENING) + LISTENING.length());
    var request = HttpRequest.newBuilder(URI.create(root + path)).timeout(ANSWER);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private int code(Liteferry agent, String path) throws IOException, InterruptedException {
    return ask(agent, path).statusCode();
  }

  private Exposition metrics(Liteferry agent) throws IOException, InterruptedException {
    return new Exposition(ask(agent, "/metrics").body());
  }

  private static void assertValue(double expected, Exposition page, String name) {
    assertEquals(OptionalDouble.of(expected), page.value(name), () -> name + " of " + page);
  }

  @Test
  void run_beforeAndAfterItsRestore_saysWhenItHasStarted() throws Exception {
    Sql.run(local.resolve("app.db"), "CREATE TABLE t (x)");
    var holder = start("run");
    holder.awaitLog(Liteferry.READY);
    var other = workplace.directory("other");
    var waiting = start("run", other);
    waiting.awaitLog("the volume is in use by");

    assertEquals(503, code(waiting, "/startupz"));
    assertEquals(503, code(waiting, "/readyz"));
    assertEquals(200, code(waiting, "/livez"));
    var before = metrics(waiting);
    assertValue(0, before, "liteferry_started");
    assertValue(0, before, "liteferry_restore_duration_seconds_count");
    assertTrue(before.value("liteferry_volume_up").isEmpty());

    holder.terminate();
    assertEquals(0, holder.awaitEnd().exitCode());
    waiting.awaitLog(Liteferry.READY);
    assertTrue(Files.exists(other.resolve("app.db")));
    assertEquals(200, code(waiting, "/startupz"));
    assertEquals(200, code(waiting, "/readyz"));
    var after = metrics(waiting);
    assertValue(1, after, "liteferry_started");
    assertValue(1, after, "liteferry_restore_duration_seconds_count");
    assertValue(1, after, "liteferry_lease_held");
    assertValue(2, after, "liteferry_lease_epoch");
  }

  @Test
  void watch_localIsRestored_isStartedAndMeasuresPasses() throws Exception {
    Sql.run(local.resolve("app.db"), "CREATE TABLE t (x)");
    assertEquals(0, Liteferry.run("restore", local, volume).exitCode());
    var agent = start("watch");
    agent.awaitLog(Liteferry.READY);
    assertEquals(200, code(agent, "/startupz"));
    Await.until("the last event to be dealt with", () -> isAllPublished(agent));
    var page = metrics(agent);
    assertValue(0, page, "liteferry_restore_duration_seconds_count");
    assertValue(1, page, "liteferry_passes_total{result=\"published\"}");
    assertValue(1, page, "liteferry_changes_total{operation=\"publish_database\"}");
    assertValue(1, page, "liteferry_snapshot_duration_seconds_count");
    assertValue(1, page, "liteferry_check_duration_seconds_count");
    assertValue(1, page, "liteferry_publish_duration_seconds_count");
    assertValue(
        (double) Files.size(volume.resolve("app.db")),
        page,
        "liteferry_database_bytes{database=\"app.db\"}");
    assertValue(1, page, "liteferry_generation");
    assertValue(1, page, "liteferry_database_generation{database=\"app.db\"}");
    assertValue(1, page, "liteferry_volume_up");
    assertValue(0, page, "liteferry_fenced");
    assertTrue(page.value("liteferry_last_success_timestamp_seconds").isPresent());
  }

  private boolean isAllPublished(Liteferry agent) throws IOException, InterruptedException {
    return metrics(agent).value("liteferry_unpublished_since_timestamp_seconds").isEmpty();
  }

  @Test
  void run_volumeAway_isAliveAndNotReadyUntilItIsBack() throws Exception {
    Files.writeString(local.resolve("first.txt"), "1");
    var agent = start("run", "--ready-max-lag", "1s");
    agent.awaitLog(Liteferry.READY);
    Await.until("ready", () -> code(agent, "/readyz") == 200);
    var away = workplace.root().resolve("away");
    Files.move(volume, away);
    Files.writeString(local.resolve("second.txt"), "2");
    agent.awaitLog("a pass failed");
    Await.until("not ready", () -> code(agent, "/readyz") == 503);
    assertEquals(200, code(agent, "/livez"));
    assertEquals(200, code(agent, "/startupz"));
    var page = metrics(agent);
    assertValue(0, page, "liteferry_volume_up");
    assertTrue(page.value("liteferry_passes_total{result=\"failed\"}").orElseThrow() >= 1);
    assertTrue(page.value("liteferry_backoff_seconds").orElseThrow() > 0);
    Await.until(
        "a look at what waits",
        () -> metrics(agent).value("liteferry_unpublished_bytes").equals(OptionalDouble.of(1)));
    assertTrue(page.value("liteferry_unpublished_since_timestamp_seconds").isPresent());
    var room = "liteferry_filesystem_free_bytes{directory=\"%s\"}";
    assertTrue(page.value(room.formatted("volume")).isEmpty());
    assertTrue(page.value(room.formatted("local")).isPresent());

    Files.move(away, volume);
    agent.awaitLog("the volume works again");
    Await.until("ready again", () -> code(agent, "/readyz") == 200);
    var after = metrics(agent);
    assertValue(1, after, "liteferry_volume_up");
    assertValue(0, after, "liteferry_unpublished_bytes");
    Await.until(
        "a look at the volume", () -> metrics(agent).value(room.formatted("volume")).isPresent());
  }

  /** A pass that reads the marker stands still, as on a server that does not answer. */
  @Test
  void run_passHangsOnTheVolume_isAliveAndNotReady() throws Exception {
    Files.writeString(local.resolve("first.txt"), "1");
    var agent = start("run", "--ready-max-lag", "1s");
    agent.awaitLog(Liteferry.READY);
    var marker = volume.resolve(".liteferry/volume.json");
    Files.delete(marker);
    assertEquals(0, new ProcessBuilder("mkfifo", marker.toString()).start().waitFor());
    Files.writeString(local.resolve("second.txt"), "2");
    Await.until("not ready", () -> code(agent, "/readyz") == 503);
    assertEquals(200, code(agent, "/livez"));
    assertTrue(metrics(agent).value("liteferry_unpublished_since_timestamp_seconds").isPresent());
    assertFalse(Files.exists(volume.resolve("second.txt")));
  }

  @Test
  void run_openMetricsAccepted_answersIt() throws Exception {
    var agent = start("run");
    var answer = ask(agent, "/metrics", "Accept", "application/openmetrics-text; version=1.0.0");
    var type = answer.headers().firstValue("content-type").orElse("");
    assertTrue(type.startsWith("application/openmetrics-text"), type);
    assertTrue(answer.body().endsWith("# EOF\n"));
  }

  @Test
  void run_portInUse_endsBeforeAnythingIsChanged() throws Exception {
    var agent = start("run");
    var line = agent.awaitLog(LISTENING);
    var port = line.substring(line.lastIndexOf(':') + 1);
    var other = workplace.directory("other");
    var result = Liteferry.run("run", other, volume, "--listen", port);
    assertEquals(2, result.exitCode(), result::toString);
    assertEquals(1, result.err().size(), result::toString);
    assertFalse(Files.exists(workplace.root().resolve("other.liteferry")));
  }

  @Test
  void run_notAskedToListen_loadsNothingOfIt() throws Exception {
    var classes = workplace.root().resolve("classes.log");
    var environment = Map.of("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + classes);
    try (var agent = Liteferry.start(environment, List.of(), "run", local, volume)) {
      agent.awaitLog(Liteferry.READY);
      agent.terminate();
      assertEquals(0, agent.awaitEnd().exitCode());
    }
    try (var lines = Files.lines(classes)) {
      var loaded =
          lines
              .filter(l -> l.matches(".*(httpserver|io\\.prometheus|io\\.liteferry\\.health).*"))
              .toList();
      assertEquals(List.of(), loaded);
    }
    assertTrue(Files.readString(classes).contains("io.liteferry.agent.Agent "));
  }
}
