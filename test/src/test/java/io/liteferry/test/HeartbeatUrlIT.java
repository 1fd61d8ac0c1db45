package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A monitor that wants to be called, by the runtime that is shipped. */
class HeartbeatUrlIT {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String SECRET = "/ping/7d1c2f5e";
  private static final String FAILS = "the heartbeat URL at";

  @RegisterExtension final Workplace workplace = new Workplace();

  private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
  private Path local;
  private Path volume;
  private HttpServer server;

  @BeforeEach
  void makeBothSides() throws IOException {
    local = workplace.directory("local");
    volume = workplace.directory("volume");
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void serve(HttpServer made) {
    server = made;
    server.createContext(
        "/",
        exchange -> {
          calls.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  private String url(String scheme) {
    return "%s://localhost:%d%s".formatted(scheme, server.getAddress().getPort(), SECRET);
  }

  private Liteferry run(String url, Map<String, String> environment, Object... more)
      throws IOException {
    var all = new HashMap<>(environment);
    all.put("LITEFERRY_HEARTBEAT_URL", url);
    var arguments = new ArrayList<Object>(List.of("run", local, volume));
    arguments.addAll(List.of(more));
    return workplace.closing(Liteferry.start(all, List.of(), arguments.toArray()));
  }

  private void assertCalled() throws InterruptedException {
    assertEquals("GET " + SECRET, calls.poll(Liteferry.PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void run_allIsWell_callsUntilTheVolumeIsAwayAndOnceAfterTheFlush() throws Exception {
    serve(HttpServer.create(anyPort(), 0));
    Files.writeString(local.resolve("f"), "1");
    var agent = run(url("http"), Map.of(), "--heartbeat-interval", "1s");
    assertCalled();
    assertCalled(); // nothing happens meanwhile
    var away = workplace.root().resolve("away");
    Files.move(volume, away);
    Files.writeString(local.resolve("f"), "2");
    agent.awaitLog("a pass failed");
    Thread.sleep(1_000); // for one that was under way
    calls.clear();
    assertNull(calls.poll(3, TimeUnit.SECONDS));
    Files.move(away, volume);
    agent.awaitLog("the volume works again");
    assertCalled();
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
    assertFalse(calls.isEmpty(), "there is a last call");
    assertFalse(ended.toString().contains("7d1c2f5e"), ended::toString);
  }

  @Test
  void run_stoppedWithinTheInterval_callsOnceMore() throws Exception {
    serve(HttpServer.create(anyPort(), 0));
    var agent = run(url("http"), Map.of(), "--heartbeat-interval", "1h");
    assertCalled();
    agent.terminate();
    assertEquals(0, agent.awaitEnd().exitCode());
    assertEquals(List.of("GET " + SECRET), List.copyOf(calls));
  }

  private Path keytool(Object... arguments) throws Exception {
    var line = new ArrayList<String>();
    line.add(Path.of(System.getProperty("java.home"), "bin/keytool").toString());
    for (var argument : arguments) {
      line.add(argument.toString());
    }
    var ended = new ProcessBuilder(line).inheritIO().start().waitFor();
    assertEquals(0, ended, line::toString);
    return Path.of(line.getLast());
  }

  /** A server whose certificate nobody has signed but itself; returns the certificate. */
  private Path serveSelfSigned() throws Exception {
    var keys = workplace.root().resolve("server.p12");
    keytool(
        "-genkeypair",
        "-alias",
        "server",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-ext",
        "san=dns:localhost",
        "-storepass",
        "changeit",
        "-keystore",
        keys);
    var store = KeyStore.getInstance(keys.toFile(), PASSWORD);
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD);
    var context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    var https = HttpsServer.create(anyPort(), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(context));
    serve(https);
    return keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "server",
        "-storepass",
        "changeit",
        "-keystore",
        keys,
        "-file",
        workplace.root().resolve("server.pem"));
  }

  @Test
  void run_certificateThatNobodyTrusts_failsClearlyAndPublishesOn() throws Exception {
    serveSelfSigned();
    Files.writeString(local.resolve("f"), "1");
    var agent = run(url("https"), Map.of(), "--heartbeat-interval", "1s");
    var said = agent.awaitLog(FAILS);
    assertTrue(said.contains("https://localhost fails"), said);
    assertTrue(said.contains("unable to find valid certification path"), said);
    assertFalse(said.contains("7d1c2f5e"), said);
    Files.writeString(local.resolve("f"), "2");
    Await.until("publication", () -> Files.readString(volume.resolve("f")).equals("2"));
    Thread.sleep(2_500);
    assertEquals(1, agent.countLog(FAILS), "it is said once");
    assertTrue(calls.isEmpty());
    agent.terminate();
    assertEquals(0, agent.awaitEnd().exitCode());
  }

  @Test
  void run_certificateIsInATrustStore_calls() throws Exception {
    var certificate = serveSelfSigned();
    var trusted = workplace.root().resolve("ca.p12");
    keytool(
        "-importcert",
        "-noprompt",
        "-alias",
        "ca",
        "-file",
        certificate,
        "-storepass",
        "changeit",
        "-keystore",
        trusted);
    var options =
        "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=changeit"
            .formatted(trusted);
    run(url("https"), Map.of("JDK_JAVA_OPTIONS", options), "--heartbeat-interval", "1s");
    assertCalled();
  }

  /** Without these, every certificate in the world would be refused. */
  @Test
  void runtime_authoritiesOfTheWorld_areIn() throws Exception {
    serve(HttpServer.create(anyPort(), 0));
    var home = Liteferry.executable().getParent().getParent();
    var store = home.resolve("runtime/lib/security/cacerts");
    var authorities = KeyStore.getInstance(store.toFile(), PASSWORD);
    assertTrue(authorities.size() > 100, () -> store + " is nearly empty");
  }
}
