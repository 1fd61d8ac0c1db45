package io.liteferry.control;

import com.google.gson.JsonObject;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.HistoryOrder;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Asks the agent that uses a state directory. */
public final class Inquiry {
  /** An answer that waits for nothing takes milliseconds; an agent may be starved, or stopped. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private Inquiry() {}

  /**
   * Asks how it is.
   *
   * @param state without links on the way
   * @param local on which it should work, when that is known
   * @throws NoAgentException when nobody answers
   */
  public static JsonObject status(Path state, Optional<Path> local) throws IOException {
    return ask(state, request("status", local), PATIENCE);
  }

  /**
   * Asks it to publish what local has now, and waits for that.
   *
   * @throws NoAgentException when nobody answers
   */
  public static JsonObject flush(Path state, Path local, Duration timeout) throws IOException {
    var request = request("flush", Optional.of(local));
    request.addProperty("timeoutMillis", timeout.toMillis());
    return ask(state, request, timeout.plus(PATIENCE));
  }

  /**
   * Has it do something with the volume's history, and waits for that.
   *
   * @param volumeId of the volume that is meant
   * @throws NoAgentException when nobody answers
   */
  public static JsonObject history(
      Path state, String volumeId, HistoryOrder order, Duration timeout) throws IOException {
    var request = request("history", Optional.empty());
    request.addProperty("volume", volumeId);
    OrderJson.add(request, order);
    request.addProperty("timeoutMillis", timeout.toMillis());
    return ask(state, request, timeout.plus(PATIENCE));
  }

  private static JsonObject request(String kind, Optional<Path> local) throws IOException {
    var json = new JsonObject();
    json.addProperty("format", Answers.FORMAT);
    json.addProperty("request", kind);
    if (local.isPresent()) {
      json.addProperty("local", Answers.identity(local.get()));
    }
    return json;
  }

  private static JsonObject ask(Path state, JsonObject request, Duration patience)
      throws IOException {
    JsonObject answer;
    try (var wire = new Wire(connect(state))) {
      try {
        wire.send(request, PATIENCE);
        answer = wire.receive(patience);
      } catch (IOException e) {
        throw new NoAgentException("the agent in %s does not answer".formatted(state), e);
      }
    }
    if (answer.has("error")) {
      throw new NoAgentException(
          "the agent in %s refuses: %s".formatted(state, answer.get("error").getAsString()));
    }
    if (!answer.has("format") || answer.get("format").getAsInt() > Answers.FORMAT) {
      throw new NoAgentException(
          "the agent in %s answers in the format of a later version: run that version's command"
              .formatted(state));
    }
    return answer;
  }

  private static SocketChannel connect(Path state) throws IOException {
    var socket = StateDirectory.socketIn(state);
    var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try (var path = SocketPath.of(socket)) {
      channel.configureBlocking(false); // with a full queue it would wait for ever
      if (!channel.connect(path.address())) {
        throw new SocketException("busy");
      }
      return channel;
    } catch (AccessDeniedException e) {
      channel.close();
      throw notPermitted(state, e);
    } catch (NoSuchFileException e) {
      channel.close();
      throw nobody(state, e);
    } catch (SocketException e) {
      channel.close();
      throw Files.exists(socket) && !Files.isWritable(socket)
          ? notPermitted(state, e)
          : nobody(state, e);
    }
  }

  private static NoAgentException notPermitted(Path state, IOException e) {
    return new NoAgentException(
        "the agent in %s answers only its own user: run this as that user".formatted(state), e);
  }

  private static NoAgentException nobody(Path state, IOException e) {
    return NoAgentException.nobody(
        "no agent answers in the state directory %s: is one running (liteferry run, or watch), with"
                .formatted(state)
            + " this --state?",
        e);
  }
}
