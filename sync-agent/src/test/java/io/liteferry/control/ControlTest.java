package io.liteferry.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.liteferry.agent.Agent;
import io.liteferry.agent.AgentObserver;
import io.liteferry.agent.AgentSettings;
import io.liteferry.agent.Surroundings;
import io.liteferry.fixture.KeptTrees;
import io.liteferry.fixture.Site;
import io.liteferry.lease.LeaseClock;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.PassSettings;
import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.GenerationFiles;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.KeepSettings;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over a real socket. */
final class ControlTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @TempDir Path temporary;
  private Site site;
  private Optional<Control> control = Optional.empty();

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(temporary);
  }

  @AfterEach
  void close() throws IOException {
    control.ifPresent(Control::close);
    site.close();
  }

  private void open() throws IOException {
    control = Control.open(site.heldState(), site.local, "1.2.3", Clock.systemUTC());
  }

  private JsonObject status() throws IOException {
    return Inquiry.status(site.state, Optional.of(site.local));
  }

  private static String result(JsonObject answer) {
    return answer.get("result").getAsString();
  }

  @Test
  void ask_noAgentRunsYet_isRestoring() throws Exception {
    open();
    assertTrue(control.isPresent());
    var status = status();
    assertEquals("restoring", status.get("phase").getAsString());
    assertEquals("1.2.3", status.get("version").getAsString());
    assertEquals("restoring", result(Inquiry.flush(site.state, site.local, TIMEOUT)));
  }

  @Test
  void open_socket_isForItsUserAlone() throws Exception {
    open();
    var socket = site.heldState().socket();
    assertEquals(fromString("rw-------"), Files.getPosixFilePermissions(socket));
  }

  @Test
  void open_socketOfAKilledAgent_isReplaced() throws Exception {
    var socket = site.heldState().socket();
    try (var killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        var path = SocketPath.of(socket)) {
      killed.bind(path.address());
    }
    assertTrue(Files.exists(socket));
    var nobody = assertThrows(NoAgentException.class, this::status);
    assertTrue(nobody.getMessage().contains("no agent answers"), nobody.getMessage());
    open();
    assertEquals("restoring", status().get("phase").getAsString());
  }

  @Test
  void open_pathTooLongForASocket_worksAsEver() throws Exception {
    site.close();
    var deep = temporary.resolve("d".repeat(120)).resolve("é".repeat(60));
    site = new Site(Files.createDirectories(deep));
    open();
    assertTrue(control.isPresent());
    assertEquals("restoring", status().get("phase").getAsString());
  }

  @Test
  void open_socketCannotBeMade_goesWithoutIt() throws Exception {
    Files.createDirectories(site.heldState().socket().resolve("in the way"));
    open();
    assertEquals(Optional.empty(), control);
  }

  @Test
  void close_socket_isGone() throws Exception {
    open();
    control.orElseThrow().close();
    assertFalse(Files.exists(site.heldState().socket()));
    assertThrows(NoAgentException.class, this::status);
  }

  @Test
  void ask_ofAnotherLocal_isRefused() throws Exception {
    open();
    var other = Files.createDirectory(temporary.resolve("other"));
    var refused =
        assertThrows(
            NoAgentException.class, () -> Inquiry.flush(site.state, other, TIMEOUT).toString());
    assertTrue(refused.getMessage().contains(site.local.toString()), refused.getMessage());
  }

  private SocketChannel connect() throws IOException {
    try (var path = SocketPath.of(site.heldState().socket())) {
      return SocketChannel.open(path.address());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "[]",
        "{}",
        "{\"format\":1}",
        "{\"format\":\"one\",\"request\":\"status\"}",
        "{\"format\":2,\"request\":\"status\"}",
        "{\"format\":1,\"request\":\"stop\"}",
        "{\"format\":1,\"request\":{}}",
        "{\"format\":1,\"request\":\"flush\"}",
        "{\"format\":1,\"request\":\"history\",\"volume\":\"v\",\"order\":\"undo\"}",
        "{\"format\":1,\"request\":\"history\",\"volume\":\"v\",\"order\":\"drop\"}",
        "{\"format\":1,\"request\":\"history\",\"order\":\"unpin\",\"point\":1,\"timeoutMillis\":1}",
      })
  void answer_somethingElse_isAnError(String request) throws Exception {
    open();
    try (var client = connect()) {
      client.write(ByteBuffer.wrap((request + "\n").getBytes(UTF_8)));
      var answer = new String(Channels.newInputStream(client).readAllBytes(), UTF_8);
      var json = JsonParser.parseString(answer).getAsJsonObject();
      assertEquals(1, json.get("format").getAsInt());
      assertTrue(json.has("error"), answer);
      assertEquals(1, answer.lines().count());
    }
  }

  @Test
  void answer_requestWithoutEnd_isCutOff() throws Exception {
    open();
    try (var client = connect()) {
      var much = ByteBuffer.wrap("x".repeat(2 << 20).getBytes(UTF_8));
      assertThrows(
          IOException.class,
          () -> {
            while (true) {
              client.write(much.rewind());
            }
          });
    }
  }

  @Test
  void answer_clientsThatAreSilent_doNotHoldUpOthers() throws Exception {
    open();
    var silent = new ArrayList<SocketChannel>();
    try {
      for (int i = 0; i < 10; i++) {
        silent.add(connect());
      }
      assertEquals("restoring", status().get("phase").getAsString());
    } finally {
      for (var client : silent) {
        client.close();
      }
    }
  }

  /** An agent that makes a pass by itself once an hour. */
  private Agent agent() throws Exception {
    site.requireReady();
    return new Agent(
        site.asSite(),
        site.lease(),
        new PassSettings(
            new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1)),
            PathFilter.ALL,
            Duration.ZERO,
            4,
            Duration.ZERO,
            KeepSettings.DEFAULT,
            FormSettings.WHOLE),
        new AgentSettings(
            Duration.ofHours(1),
            Duration.ofHours(1),
            Duration.ofHours(1),
            Duration.ZERO,
            Duration.ofMillis(1)),
        new Surroundings(
            Clock.systemUTC(), LeaseClock.SYSTEM, new Random(1), AgentObserver.NOBODY));
  }

  /** An agent at work. */
  private record Running(Agent agent, FutureTask<Agent.End> run) {
    void stop() throws Exception {
      agent.stop();
      run.get();
    }
  }

  /** Starts an agent that is asked by the socket. */
  private Running running() throws Exception {
    open();
    var agent = agent();
    control.orElseThrow().began(agent);
    var run = new FutureTask<>(agent::run);
    Thread.ofPlatform().daemon().start(run);
    return new Running(agent, run);
  }

  @Test
  void flush_agentThatRestsForAnHour_publishesNow() throws Exception {
    var running = running();
    for (int i = 1; i < 4; i++) {
      site.write("f", "version " + i);
      var answer = Inquiry.flush(site.state, site.local, TIMEOUT);
      assertEquals("published", result(answer), answer.toString());
      assertEquals("version " + i, site.published("f"));
      assertEquals(i, answer.get("generation").getAsInt());
    }
    var status = status();
    assertEquals("watching", status.get("phase").getAsString());
    assertEquals(3, status.get("generation").getAsInt());
    assertEquals(0, status.get("problemCount").getAsInt());
    assertTrue(status.get("volumeUp").getAsBoolean());
    running.stop();
    assertEquals("stopping", status().get("phase").getAsString());
    assertEquals("ended", result(Inquiry.flush(site.state, site.local, TIMEOUT)));
  }

  private JsonObject order(HistoryOrder order) throws IOException {
    var id = site.asVolume().id().orElse("none");
    return Inquiry.history(site.state, id, order, TIMEOUT);
  }

  @Test
  void order_noAgentRunsYet_isRestoring() throws Exception {
    open();
    assertEquals("restoring", result(order(new HistoryOrder.Unpin(1))));
  }

  /** No pass is due, and local never comes to rest. */
  @Test
  void order_agentThatRestsForAnHour_carriesItOutNow() throws Exception {
    var running = running();
    for (int i = 1; i < 5; i++) {
      site.write("secrets/f", "version " + i);
      Inquiry.flush(site.state, site.local, TIMEOUT);
    }
    site.write("f", "not published");
    var before = new KeptTrees(site.asVolume()).all();
    assertEquals("done", result(order(new HistoryOrder.Pin(2, "why"))));
    assertEquals(Optional.of("why"), new GenerationFiles(site.asVolume()).pin(2));
    var refused = order(new HistoryOrder.DropPoints(new TreeSet<>(Set.of(1L, 2L))));
    assertEquals("refused", result(refused));
    assertTrue(refused.get("why").getAsString().startsWith("pinned by a user: [2]"));
    var dropped = order(new HistoryOrder.DropPoints(new TreeSet<>(Set.of(1L, 3L))));
    assertEquals("done", result(dropped), dropped.toString());
    assertEquals(2, dropped.get("count").getAsInt());
    assertEquals(18, dropped.get("freed").getAsLong());
    before.keySet().retainAll(Set.of(2L, 4L));
    assertEquals(before, new KeptTrees(site.asVolume()).all());
    assertEquals("done", result(order(new HistoryOrder.Unpin(2))));
    var path = order(new HistoryOrder.DropPath(Path.of("secrets")));
    assertEquals("done", result(path), path.toString());
    assertEquals(
        "lost: dropped by the user", new KeptTrees(site.asVolume()).all().get(2L).get("secrets/f"));
    var other = Inquiry.history(site.state, "another", new HistoryOrder.Unpin(2), TIMEOUT);
    assertEquals("refused", result(other), other.toString());
    assertFalse(Files.exists(site.volume.resolve("f")));
    running.stop();
    assertEquals("ended", result(order(new HistoryOrder.Unpin(2))));
  }

  @Test
  void order_passWasCutOff_isCarriedOutAfterTheNextOne() throws Exception {
    for (int i = 1; i < 5; i++) {
      site.write("f", "version " + i);
      site.pass();
    }
    site.kill();
    var manifest = site.volume.resolve(".liteferry/manifest.json");
    var complete = Files.readString(manifest);
    Files.writeString(manifest, complete.replace("\"complete\": true", "\"complete\": false"));
    var running = running();
    var dropped = order(new HistoryOrder.DropPoints(new TreeSet<>(Set.of(2L))));
    assertEquals("done", result(dropped), dropped.toString());
    var points = new KeptTrees(site.asVolume()).all().keySet();
    assertTrue(points.containsAll(Set.of(1L, 3L)) && !points.contains(2L), points::toString);
    running.stop();
  }

  @Test
  void order_volumeAway_failsAndSaysSo() throws Exception {
    site.write("f", "x");
    var running = running();
    assertEquals("published", result(Inquiry.flush(site.state, site.local, TIMEOUT)));
    var away = temporary.resolve("away");
    Files.move(site.volume, away);
    var failed = Inquiry.history(site.state, id(away), new HistoryOrder.Pin(1, ""), TIMEOUT);
    assertEquals("failed", result(failed), failed.toString());
    assertTrue(failed.get("why").getAsString().contains(site.volume.toString()));
    Files.move(away, site.volume);
    assertEquals("done", result(order(new HistoryOrder.Pin(1, ""))));
    running.stop();
  }

  private static String id(Path volume) throws IOException {
    return new Volume(volume).id().orElseThrow();
  }

  @Test
  void flush_volumeAway_timesOutAndSaysWhatItWaitsFor() throws Exception {
    var running = running();
    assertEquals("published", result(Inquiry.flush(site.state, site.local, TIMEOUT)));
    var away = temporary.resolve("away");
    Files.move(site.volume, away);
    site.write("f", "x");
    var answer = Inquiry.flush(site.state, site.local, Duration.ofSeconds(1));
    assertEquals("timeout", result(answer), answer.toString());
    assertTrue(
        answer.get("waitingFor").getAsString().contains(site.volume.toString()), answer.toString());
    assertTrue(status().has("failure"));
    Files.move(away, site.volume);
    // the backoff is over at once for whoever waits
    assertEquals("published", result(Inquiry.flush(site.state, site.local, TIMEOUT)));
    running.stop();
  }
}
