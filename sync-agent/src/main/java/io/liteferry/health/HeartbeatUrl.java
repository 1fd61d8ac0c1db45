package io.liteferry.health;

import io.liteferry.agent.Agent;
import io.liteferry.agent.AgentObserver;
import io.liteferry.agent.AgentStatus;
import io.liteferry.publish.PassReport;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a URL while everything is on the volume, for a monitor that sounds the alarm when it hears
 * nothing. On a thread of its own; what becomes of a call affects nothing else.
 *
 * <p>The URL may be a secret: no more than its host is ever said.
 */
public final class HeartbeatUrl implements AgentObserver {
  private static final Logger log = LoggerFactory.getLogger(HeartbeatUrl.class);
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(5);

  private final URI url;
  private final String shown;
  private final Duration interval;
  private final String agentName;
  private final Consumer<Boolean> called;
  private final Thread thread =
      Thread.ofPlatform().name("heartbeat-url").daemon().unstarted(this::run);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  private Optional<Supplier<AgentStatus>> status = Optional.empty();

  /** Whether the last pass left nothing unpublished, and no call was made since. */
  private boolean succeeded;

  private boolean ended;
  private boolean flushed;

  /** Used by the thread alone. */
  private boolean failing;

  private HeartbeatUrl(URI url, Duration interval, String version, Consumer<Boolean> called) {
    this.url = url;
    this.shown = "%s://%s".formatted(url.getScheme(), url.getHost());
    this.interval = interval;
    this.agentName = "liteferry/" + version;
    this.called = called;
  }

  /**
   * Begins; nothing is called before the agent's first success.
   *
   * @param url of http or https
   * @param interval between two calls at least
   * @param called is told of each call whether it was answered as it should be
   */
  public static HeartbeatUrl start(
      URI url, Duration interval, String version, Consumer<Boolean> called) {
    var heartbeat = new HeartbeatUrl(url, interval, version, called);
    heartbeat.thread.start();
    return heartbeat;
  }

  @Override
  public void began(Supplier<AgentStatus> source) {
    signal(() -> status = Optional.of(source));
  }

  @Override
  public void passEnded(
      Optional<PassReport> report, Duration took, Optional<Duration> lag, boolean asked) {
    signal(() -> succeeded = report.map(PassReport::isComplete).orElse(false));
  }

  @Override
  public void ended(Agent.End end) {
    signal(() -> flushed = end instanceof Agent.End.Flushed);
  }

  /** Calls for the last time, if everything is on the volume; waits for that no longer than 5 s. */
  @Override
  public void close() {
    signal(() -> ended = true);
    try {
      thread.join(LAST_PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void signal(Runnable change) {
    lock.lock();
    try {
      change.run();
      wake.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (awaitSuccess()) {
        call();
        awaitInterval();
      }
      if (flushed) {
        call();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until a pass succeeds, or all is well without one; false at the end. */
  private boolean awaitSuccess() throws InterruptedException {
    lock.lock();
    try {
      while (!ended && !(succeeded && isReachable()) && !isWell()) {
        wake.awaitNanos(interval.toNanos());
      }
      succeeded = false;
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  /** A pass that hangs does not end. */
  private boolean isReachable() {
    return status.map(Supplier::get).map(s -> s.volumeUp() && !s.fenced()).orElse(true);
  }

  private boolean isWell() {
    var now = status.map(Supplier::get);
    return now.isPresent()
        && now.get().lastSuccess().isPresent()
        && now.get().lag().isEmpty()
        && isReachable();
  }

  private void awaitInterval() throws InterruptedException {
    lock.lock();
    try {
      long left = interval.toNanos();
      while (!ended && left > 0) {
        left = wake.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void call() {
    String why;
    try {
      int code = get();
      why = code >= 200 && code < 300 ? "" : "it answered with " + describe(code);
    } catch (IOException e) {
      why = describe(e);
    } catch (RuntimeException e) {
      why = e.getClass().getSimpleName(); // of the JDK, for a URL that it cannot use
    }
    called.accept(why.isEmpty());
    if (!why.isEmpty() && !failing) {
      log.warn(
          "the heartbeat URL at {} fails; the agent goes on publishing, and calls it again every"
              + " {} s: {}",
          shown,
          interval.toSeconds(),
          why);
    } else if (why.isEmpty() && failing) {
      log.info("the heartbeat URL at {} works again", shown);
    }
    failing = !why.isEmpty();
  }

  private static String describe(int code) {
    return code >= 300 && code < 400
        ? code + ", a redirect, which is not followed: give the URL that it leads to"
        : Integer.toString(code);
  }

  /** Some messages have the URL in them, in part or as a whole. */
  private String describe(IOException e) {
    var message = String.valueOf(e.getMessage());
    boolean tells =
        message.contains(url.toString())
            || (url.getRawPath().length() > 1 && message.contains(url.getRawPath()))
            || (url.getRawQuery() != null && message.contains(url.getRawQuery()));
    var kind = e.getClass().getSimpleName();
    return tells ? kind : kind + ": " + message;
  }

  private int get() throws IOException {
    if (!(url.toURL().openConnection() instanceof HttpURLConnection connection)) {
      throw new IOException("not an HTTP URL");
    }
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setRequestProperty("User-Agent", agentName);
    try {
      return connection.getResponseCode();
    } finally {
      connection.disconnect(); // the body is of no interest
    }
  }
}
