package io.liteferry.health;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over HTTP. */
final class HealthTest {
  private static final Duration MOST = Duration.ofSeconds(10);

  private final HttpClient client = HttpClient.newHttpClient();
  private Health health;

  private static Health open(String host, int port) throws IOException {
    return Health.open(
        InetSocketAddress.createUnresolved(host, port),
        MOST,
        new Health.Build("1", "2"),
        Clock.systemUTC(),
        false);
  }

  @BeforeEach
  void open() throws IOException {
    health = open("127.0.0.1", 0);
  }

  @AfterEach
  void close() {
    health.close();
    client.close();
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(health.address() + path))
            .method(method, BodyPublishers.noBody())
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private int code(String path) throws Exception {
    return ask("GET", path).statusCode();
  }

  @Test
  void get_probes_followTheAgent() throws Exception {
    assertEquals(503, code("/startupz"));
    assertEquals(503, code("/readyz"));
    assertEquals(200, code("/livez"));
    health.began(Statuses::well);
    assertEquals(200, code("/startupz"));
    assertEquals(200, code("/readyz"));
    health.began(() -> Statuses.lagging(MOST.plusSeconds(1)));
    assertEquals(503, code("/readyz"));
    assertEquals(200, code("/livez"));
  }

  @Test
  void get_metrics_areText() throws Exception {
    var answer = ask("GET", "/metrics");
    assertEquals(200, answer.statusCode());
    assertEquals(
        "text/plain; version=0.0.4; charset=utf-8",
        answer.headers().firstValue("content-type").orElse(""));
    assertTrue(answer.body().contains("liteferry_build_info"), answer.body());
  }

  @Test
  void get_page_isHtmlThatMayLoadNothing() throws Exception {
    health.began(Statuses::well);
    var answer = ask("GET", "/");
    assertEquals(200, answer.statusCode());
    assertEquals("text/html; charset=utf-8", header(answer, "content-type"));
    assertTrue(header(answer, "content-security-policy").startsWith("default-src 'none'; "));
    assertEquals("nosniff", header(answer, "x-content-type-options"));
    assertTrue(answer.body().contains("<h1>"), answer.body());
    assertFalse(answer.body().contains("app 000.db"), answer.body());
  }

  @Test
  void get_status_isJson() throws Exception {
    var before = ask("GET", "/status");
    assertEquals(200, before.statusCode());
    assertEquals("application/json", header(before, "content-type"));
    assertTrue(before.body().contains("\"state\":\"starting\""), before.body());
    health.began(Statuses::well);
    assertTrue(ask("GET", "/status?x").body().contains("\"ok\":true"));
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  @Test
  void get_anythingElse_isNotFound() throws Exception {
    for (var path :
        new String[] {
          "/index.html", "/status/", "/livezz", "/livez/", "/metrics/../etc", "/%2e%2e"
        }) {
      assertEquals(404, code(path), path);
    }
  }

  @Test
  void head_probe_hasNoBody() throws Exception {
    for (var path : new String[] {"/livez", "/", "/status"}) {
      var answer = ask("HEAD", path);
      assertEquals(200, answer.statusCode());
      assertEquals("", answer.body());
    }
  }

  @Test
  void post_isRefused() throws Exception {
    for (var path : new String[] {"/metrics", "/", "/status"}) {
      var answer = ask("POST", path);
      assertEquals(405, answer.statusCode());
      assertEquals("GET, HEAD", header(answer, "allow"));
    }
  }

  @Test
  void get_clientsThatAskSlowly_doNotHoldUpOthers() throws Exception {
    var idle = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 20; i++) {
        var uri = URI.create(health.address());
        var socket = new Socket(uri.getHost(), uri.getPort());
        socket.getOutputStream().write("GET /livez HTTP/1.1\r\nHost: ".getBytes(US_ASCII));
        idle.add(socket);
      }
      assertEquals(200, code("/livez"));
    } finally {
      for (var socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void open_portInUse_fails() {
    int port = URI.create(health.address()).getPort();
    assertThrows(BindException.class, () -> open("127.0.0.1", port));
  }

  @Test
  void open_unknownHost_fails() {
    assertThrows(UnknownHostException.class, () -> open("no-such-host.invalid", 0));
  }

  @Test
  void close_endsIt() {
    health.close();
    assertThrows(ConnectException.class, () -> ask("GET", "/livez"));
  }
}
