package io.liteferry.test;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets test classes run in several processes at once, but one that is {@link Alone} without any
 * other. Registered for all of them in {@code META-INF/services}.
 *
 * <p>Each class holds a lock of the file {@code room} while it runs, shared or exclusive. Whoever
 * waits for it holds {@code door}, so that the one that is to be alone has its turn.
 */
public final class Turnstile implements BeforeAllCallback, AfterAllCallback {
  private static final Path DIRECTORY = Path.of("target", "turnstile");

  /** Of one process, which runs one class at a time; nested classes stay in their class's turn. */
  private static FileChannel inside;

  private static ExtensionContext holder;

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    if (inside != null) {
      return;
    }
    Files.createDirectories(DIRECTORY);
    var room = FileChannel.open(DIRECTORY.resolve("room"), CREATE, READ, WRITE);
    try (var door = FileChannel.open(DIRECTORY.resolve("door"), CREATE, READ, WRITE)) {
      door.lock();
      boolean alone = context.getRequiredTestClass().isAnnotationPresent(Alone.class);
      room.lock(0, Long.MAX_VALUE, !alone);
    }
    inside = room;
    holder = context;
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (context == holder) {
      inside.close();
      inside = null;
      holder = null;
    }
  }
}
