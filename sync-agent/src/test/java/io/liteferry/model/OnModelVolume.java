package io.liteferry.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What a test has: a volume of the model, and a node with one local. */
abstract class OnModelVolume {
  @TempDir(factory = InMemory.class)
  Path directory;

  final ModelServer server = new ModelServer();
  Path local;
  Path volume;

  @BeforeEach
  final void makeLocal() throws IOException {
    local = Files.createDirectory(directory.resolve("local"));
    volume = server.mount("observer").root();
  }

  /** An agent that has not begun. */
  final Pod newPod(String client) throws IOException {
    return new Pod(local, directory.resolve("state"), server.mount(client));
  }

  /** One that is ready. */
  final Pod pod(String client) throws Exception {
    var pod = newPod(client);
    pod.requireReady();
    return pod;
  }
}
