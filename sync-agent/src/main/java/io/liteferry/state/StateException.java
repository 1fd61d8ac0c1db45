package io.liteferry.state;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** State cannot be written to. Says nothing of the volume; to be tried again later. */
public final class StateException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private static final String NO_ROOM_FOR_SQLITE = "database or disk is full";

  private StateException(String message, IOException cause) {
    super(message, cause);
  }

  static StateException of(Path directory, IOException e) {
    return e instanceof StateException s ? s : new StateException(message(directory, why(e)), e);
  }

  /**
   * What to say of a state directory that cannot be written to.
   *
   * @param why in the words of the system or of SQLite
   */
  static String message(Path directory, String why) {
    return isNoRoom(why)
        ? "STATE %s is full (%s): make room there, or give it a larger disk"
            .formatted(directory, why)
        : "STATE %s cannot be written to: %s".formatted(directory, why);
  }

  private static String why(IOException e) {
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return isNoRoom(f.getReason()) ? f.getReason() : f.getReason() + ": " + f.getFile();
    }
    return e.getMessage() == null || e instanceof FileSystemException
        ? e.toString()
        : e.getMessage();
  }

  /** Whether it is for want of room; what is read never gives such an error. */
  static boolean isNoRoom(IOException e) {
    return isNoRoom(
        e instanceof FileSystemException f
            ? String.valueOf(f.getReason())
            : String.valueOf(e.getMessage()));
  }

  private static boolean isNoRoom(String why) {
    return Durable.saysOutOfRoom(why) || why.equalsIgnoreCase(NO_ROOM_FOR_SQLITE);
  }
}
