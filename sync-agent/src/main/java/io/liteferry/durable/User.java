package io.liteferry.durable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whom this process runs as. By number: in a container the number may have no name. */
public final class User {
  private User() {}

  /** The effective user id. */
  public static int id() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  /** The same, for messages. */
  public static String shown() {
    try {
      return Integer.toString(id());
    } catch (IOException e) {
      return System.getProperty("user.name", "?");
    }
  }
}
