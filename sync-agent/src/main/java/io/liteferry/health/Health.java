package io.liteferry.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.liteferry.agent.AgentObserver;
import io.liteferry.agent.AgentStatus;
import io.liteferry.publish.PassReport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers on one address over HTTP from {@link #open} until {@link #close}: {@code /}, {@code
 * /status}, {@code /startupz}, {@code /livez}, {@code /readyz} and {@code /metrics}. Whoever opens
 * it closes it.
 */
public final class Health implements AgentObserver {
  private static final Logger log = LoggerFactory.getLogger(Health.class);

  /** How long a client may take to ask, and to take the answer. */
  private static final int MOST_SECONDS = 5;

  private static final int MOST_CONNECTIONS = 64;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String HTML = "text/html; charset=utf-8";

  private final Probes probes;
  private final Metrics metrics;
  private final Overviews overviews;
  private final HttpServer server;

  /** One for each connection, so that nobody waits for a slow client; they end when unused. */
  private final ExecutorService threads =
      new ThreadPoolExecutor(
          0,
          MOST_CONNECTIONS,
          MOST_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().name("health-", 0).daemon().factory());

  private final Thread sampler =
      Thread.ofPlatform().name("samples").daemon().unstarted(this::sample);

  private volatile Optional<Supplier<AgentStatus>> agent = Optional.empty();

  private Health(HttpServer server, Probes probes, Metrics metrics, Overviews overviews) {
    this.server = server;
    this.probes = probes;
    this.metrics = metrics;
    this.overviews = overviews;
  }

  /** What {@code liteferry_build_info} says. */
  public record Build(String version, String commit) {}

  /**
   * Begins to answer.
   *
   * @param address resolved here; port 0 stands for any that is free
   * @param readyMaxLag how long something may be unpublished while {@code /readyz} says yes
   * @param clock in whose zone the page shows times
   * @param names whether the page and {@code /status} may tell names of files
   * @throws IOException when the address cannot be had
   */
  public static Health open(
      InetSocketAddress address, Duration readyMaxLag, Build build, Clock clock, boolean names)
      throws IOException {
    limitClients();
    var resolved = new InetSocketAddress(address.getHostString(), address.getPort());
    if (resolved.isUnresolved()) {
      throw new UnknownHostException("unknown host");
    }
    var server = HttpServer.create(resolved, 0);
    var health =
        new Health(
            server,
            new Probes(readyMaxLag),
            new Metrics(build, readyMaxLag, clock),
            new Overviews(build, readyMaxLag, clock, names));
    server.createContext("/", health::handle);
    server.setExecutor(health.threads);
    server.start();
    health.sampler.start();
    log.info("listening on {}", health.address());
    return health;
  }

  /** The server reads them once, when its first class is loaded. In seconds. */
  private static void limitClients() {
    System.setProperty("sun.net.httpserver.maxReqTime", Integer.toString(MOST_SECONDS));
    System.setProperty("sun.net.httpserver.maxRspTime", Integer.toString(MOST_SECONDS));
    System.setProperty("jdk.httpserver.maxConnections", Integer.toString(MOST_CONNECTIONS));
  }

  /** With the port that was found when none was given. */
  String address() {
    var bound = server.getAddress();
    var host = bound.getAddress().getHostAddress();
    return "http://%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, bound.getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      var method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        send(exchange, 405, TEXT, "only GET and HEAD\n");
        return;
      }
      switch (exchange.getRequestURI().getPath()) {
        case "/startupz" -> send(exchange, probes.startup(status()));
        case "/livez" -> send(exchange, probes.live(status()));
        case "/readyz" -> send(exchange, probes.ready(status()));
        case "/" -> {
          exchange.getResponseHeaders().set("Content-Security-Policy", StatusPage.POLICY);
          exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
          send(exchange, 200, HTML, new StatusPage(overviews.now(status())).html());
        }
        case "/status" -> send(exchange, 200, JSON, overviews.now(status()).json());
        case "/metrics" -> {
          var page =
              metrics.page(
                  Optional.ofNullable(exchange.getRequestHeaders().getFirst("Accept")), status());
          send(exchange, 200, page.contentType(), page.text());
        }
        case null, default ->
            send(exchange, 404, TEXT, "try /, /status, /startupz, /livez, /readyz or /metrics\n");
      }
    } catch (RuntimeException e) {
      log.error("internal error in an HTTP request; please report it", e);
    }
  }

  private void sample() {
    try {
      while (true) {
        Thread.sleep(Overviews.SAMPLE_EVERY);
        status().ifPresent(overviews::sample);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private Optional<AgentStatus> status() {
    return agent.map(Supplier::get);
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    send(exchange, answer.code(), TEXT, answer.text() + "\n");
  }

  private static void send(HttpExchange exchange, int code, String type, String text)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(code, -1);
      return;
    }
    var content = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(code, content.length);
    exchange.getResponseBody().write(content);
  }

  @Override
  public void restored(Duration took) {
    metrics.restored(took);
  }

  @Override
  public void began(Supplier<AgentStatus> status) {
    agent = Optional.of(status);
    overviews.sample(status.get()); // so that there is one from the start
  }

  @Override
  public void passEnded(
      Optional<PassReport> report, Duration took, Optional<Duration> lag, boolean asked) {
    metrics.passEnded(report, took, asked);
    overviews.passEnded(report, lag);
  }

  @Override
  public void took(Step step, long nanos) {
    metrics.took(step, nanos);
  }

  /** The heartbeat URL was called. For any thread. */
  public void heartbeat(boolean answered) {
    metrics.heartbeat(answered);
  }

  /** Stops to answer, at once. */
  @Override
  public void close() {
    server.stop(0);
    sampler.interrupt();
    threads.shutdownNow();
  }
}
