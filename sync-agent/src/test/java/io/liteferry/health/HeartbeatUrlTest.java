package io.liteferry.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.liteferry.agent.Agent;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over HTTP. */
final class HeartbeatUrlTest {
  private static final String SECRET = "/ping/7d1c2f5e";
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final PassReport COMPLETE = report(Map.of());
  private static final PassReport INCOMPLETE =
      report(Map.of(Path.of("f"), new Problem(Problem.Kind.REFUSED, "refused")));

  private final BlockingQueue<Boolean> calls = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private final List<String> said = new ArrayList<>();
  private final Logger logger = Logger.getLogger(HeartbeatUrl.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord event) {
          said.add(event.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private volatile int code = 200;
  private HttpServer server;
  private HeartbeatUrl heartbeat;

  private static PassReport report(Map<Path, Problem> problems) {
    return new PassReport(
        1, 1, 0, 0, 1, false, new TreeMap<>(problems), Set.of(), 0, Optional.empty());
  }

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          exchange.getResponseHeaders().set("Location", "/elsewhere");
          exchange.sendResponseHeaders(code, -1);
          exchange.close();
        });
    server.start();
    logger.addHandler(handler);
  }

  @AfterEach
  void close() {
    heartbeat.close();
    server.stop(0);
    logger.removeHandler(handler);
  }

  private void start(Duration interval) {
    var url =
        URI.create(
            "http://127.0.0.1:%d%s?token=geheim".formatted(server.getAddress().getPort(), SECRET));
    heartbeat = HeartbeatUrl.start(url, interval, "1", calls::add);
  }

  private void passEnds(PassReport report) {
    heartbeat.passEnded(Optional.of(report), Duration.ZERO, Optional.empty(), true);
  }

  private Boolean nextCall() throws InterruptedException {
    return calls.poll(20, TimeUnit.SECONDS);
  }

  @Test
  void passEnded_nothingUnpublished_callsTheUrlOnceAnInterval() throws Exception {
    start(LONG);
    passEnds(COMPLETE);
    assertEquals(true, nextCall());
    assertEquals("GET " + SECRET + "?token=geheim", requests.take());
    passEnds(COMPLETE);
    assertNull(calls.poll(200, TimeUnit.MILLISECONDS));
    assertTrue(requests.isEmpty());
  }

  @Test
  void passEnded_againAndAgain_callsTheUrlEachInterval() throws Exception {
    start(SHORT);
    for (int i = 0; i < 3; i++) {
      passEnds(COMPLETE);
      assertEquals(true, nextCall());
    }
  }

  @Test
  void passEnded_somethingUnpublished_doesNotCall() throws Exception {
    start(SHORT);
    heartbeat.began(() -> Statuses.lagging(Duration.ofSeconds(1)));
    passEnds(INCOMPLETE);
    heartbeat.passEnded(Optional.empty(), Duration.ZERO, Optional.empty(), true);
    assertNull(calls.poll(200, TimeUnit.MILLISECONDS));
  }

  @Test
  void began_agentIsIdleAndWell_callsWithoutAPass() throws Exception {
    start(SHORT);
    heartbeat.began(Statuses::well);
    for (int i = 0; i < 3; i++) {
      assertEquals(true, nextCall());
    }
  }

  @Test
  void call_serverFails_isSaidOnceAndThatItWorksAgain() throws Exception {
    start(SHORT);
    code = 500;
    heartbeat.began(Statuses::well);
    for (int i = 0; i < 3; i++) {
      assertEquals(false, nextCall());
    }
    code = 204;
    while (!nextCall()) {
      // one that was under way
    }
    heartbeat.close();
    assertEquals(2, said.size(), said.toString());
    assertTrue(said.get(0).contains("500"), said.toString());
    assertTrue(said.get(1).contains("works again"), said.toString());
  }

  @Test
  void call_redirect_isNotFollowedAndFails() throws Exception {
    code = 302;
    start(LONG);
    passEnds(COMPLETE);
    assertEquals(false, nextCall());
    heartbeat.close();
    assertEquals(1, requests.size());
    assertTrue(said.getFirst().contains("not followed"), said.toString());
  }

  @Test
  void call_nobodyListens_saysSoWithoutTheSecret() throws Exception {
    start(LONG);
    server.stop(0);
    passEnds(COMPLETE);
    assertEquals(false, nextCall());
    heartbeat.close();
    assertEquals(1, said.size());
    assertTrue(said.getFirst().contains("127.0.0.1"), said.toString());
    assertFalse(said.getFirst().contains("7d1c2f5e"), said.toString());
    assertFalse(said.getFirst().contains("geheim"), said.toString());
  }

  @Test
  void ended_everythingIsOnTheVolume_callsOnceMore() throws Exception {
    start(LONG);
    passEnds(COMPLETE);
    assertEquals(true, nextCall());
    heartbeat.ended(new Agent.End.Flushed());
    heartbeat.close();
    assertEquals(1, calls.size());
  }

  @Test
  void ended_somethingIsNotOnTheVolume_doesNotCall() throws Exception {
    start(LONG);
    passEnds(COMPLETE);
    assertEquals(true, nextCall());
    heartbeat.ended(new Agent.End.Incomplete(new TreeMap<>(Map.of(Path.of("f"), "refused"))));
    heartbeat.close();
    assertTrue(calls.isEmpty());
  }

  /** A server that takes the connection and never answers. */
  @Test
  void close_serverHangs_waitsForSecondsOnly() throws Exception {
    try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var url = URI.create("http://127.0.0.1:%d/".formatted(silent.getLocalPort()));
      heartbeat = HeartbeatUrl.start(url, LONG, "1", calls::add);
      long began = System.nanoTime();
      passEnds(COMPLETE); // returns at once
      heartbeat.ended(new Agent.End.Flushed());
      heartbeat.close();
      assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(9));
      assertTrue(calls.isEmpty());
    }
  }
}
