package io.liteferry.control;

import static java.nio.file.attribute.PosixFilePermissions.fromString;

import com.google.gson.JsonObject;
import io.liteferry.agent.Agent;
import io.liteferry.durable.Durable;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers on the socket in state from {@link #open} until {@link #close}. */
public final class Control implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Control.class);

  /** How long a client may take to ask, and to take the answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final int MOST_CLIENTS = 16;
  private static final Duration LAST_ANSWERS = Duration.ofMillis(500);
  private static final long ACCEPT_AGAIN_MILLIS = 1_000;

  private final ServerSocketChannel server;
  private final Path socket;
  private final Answers answers;
  private final ExecutorService threads =
      new ThreadPoolExecutor(
          0,
          MOST_CLIENTS,
          PATIENCE.toSeconds(),
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().name("control-", 0).daemon().factory());

  private Control(ServerSocketChannel server, Path socket, Answers answers) {
    this.server = server;
    this.socket = socket;
    this.answers = answers;
  }

  /**
   * Begins to answer. Where that cannot be, says so, and the agent works without it.
   *
   * @param state held by the caller, who closes this first
   * @param local whoever names another directory is not answered
   * @param version of the agent, for people
   */
  public static Optional<Control> open(
      StateDirectory state, Path local, String version, Clock clock) {
    try {
      var server = bind(state);
      var control = new Control(server, state.socket(), new Answers(local, version, clock));
      Thread.ofPlatform().name("control").daemon().start(control::accept);
      return Optional.of(control);
    } catch (IOException | UnsupportedOperationException e) {
      log.warn(
          "the agent cannot create its socket in {}: nobody can ask it for its status or a flush,"
              + " and all else works: {}",
          state.path(),
          e.toString());
      return Optional.empty();
    }
  }

  /**
   * Binds where only we can look and then gives the socket its name, so that at no moment anybody
   * else may connect. It replaces the one that a killed agent left.
   */
  private static ServerSocketChannel bind(StateDirectory state) throws IOException {
    var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      var scratch = state.scratch();
      try (var path = SocketPath.of(scratch)) {
        server.bind(path.address());
      }
      Files.setPosixFilePermissions(scratch, fromString("rw-------"));
      Durable.rename(scratch, state.socket());
      return server;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** The agent runs; until now it was restoring. */
  public void began(Agent agent) {
    answers.began(agent);
  }

  private void accept() {
    while (true) {
      try {
        var client = server.accept();
        try {
          threads.execute(() -> answer(client));
        } catch (RejectedExecutionException e) {
          client.close(); // too many at once, or the end
        }
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        log.debug("a client was not accepted", e); // as for want of descriptors
        try {
          Thread.sleep(ACCEPT_AGAIN_MILLIS);
        } catch (InterruptedException interrupted) {
          return;
        }
      }
    }
  }

  private void answer(SocketChannel client) {
    try (var wire = new Wire(client)) {
      JsonObject answer;
      try {
        var request = wire.receive(PATIENCE);
        answer = answers.to(request, wire::isAbandoned);
      } catch (IOException e) {
        answer = Answers.error(String.valueOf(e.getMessage()));
      }
      wire.send(answer, PATIENCE);
    } catch (IOException e) {
      log.debug("a client left before its answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the end
    } catch (RuntimeException e) {
      log.error("internal error in an answer; please report it", e);
    }
  }

  /** Stops to answer. Who waits for a flush that has ended gets to know it. */
  @Override
  public void close() {
    try {
      server.close();
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      log.debug("the socket is left behind; the next agent replaces it", e);
    }
    threads.shutdown();
    try {
      threads.awaitTermination(LAST_ANSWERS.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
  }
}
