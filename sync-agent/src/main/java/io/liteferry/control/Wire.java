package io.liteferry.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** One connection. A message is a JSON object on one line; whoever is there waits for so long. */
final class Wire implements AutoCloseable {
  private static final int MOST_BYTES = 1 << 20;
  private static final int CHUNK = 8192;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;

  /** Closes the channel in the end, also when this fails. */
  Wire(SocketChannel channel) throws IOException {
    this.channel = channel;
    try {
      channel.configureBlocking(false);
      selector = Selector.open();
      key = channel.register(selector, 0);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Waits for a message.
   *
   * @throws IOException when none comes in time, or something that is none
   */
  JsonObject receive(Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    var line = new ByteArrayOutputStream();
    var chunk = ByteBuffer.allocate(CHUNK);
    while (true) {
      int count = channel.read(chunk.clear());
      if (count < 0) {
        throw new EOFException("the other side has closed the connection");
      }
      if (count == 0) {
        await(SelectionKey.OP_READ, deadline);
      }
      for (int i = 0; i < count; i++) {
        if (chunk.get(i) == '\n') {
          line.write(chunk.array(), 0, i);
          return parse(line.toString(UTF_8));
        }
      }
      line.write(chunk.array(), 0, count);
      if (line.size() > MOST_BYTES) {
        throw new IOException("the message is too long");
      }
    }
  }

  private static JsonObject parse(String line) throws IOException {
    try {
      return JsonParser.parseString(line).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw new IOException("the message is not a JSON object", e);
    }
  }

  /** Sends a message, or throws when it is not taken in time. */
  void send(JsonObject message, Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    var bytes = ByteBuffer.wrap((message + "\n").getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        await(SelectionKey.OP_WRITE, deadline);
      }
    }
  }

  private void await(int operation, long deadline) throws IOException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("no answer in time");
    }
    key.interestOps(operation);
    selector.select(millis);
    selector.selectedKeys().clear();
  }

  /** Whether the other side is there no more. What else it sends is ignored. */
  boolean isAbandoned() {
    try {
      return channel.read(ByteBuffer.allocate(CHUNK)) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      selector.close();
    }
  }
}
