package io.liteferry.state;

import io.liteferry.durable.Errno;
import java.io.IOException;
import java.io.Serial;
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
    return isNoRoom(e) ? Errno.reason(e) : Errno.describe(e);
  }

  /** Whether it is for want of room; what is read never gives such an error. */
  static boolean isNoRoom(IOException e) {
    return isNoRoom(Errno.reason(e));
  }

  private static boolean isNoRoom(String why) {
    return Errno.ofText(why).isOutOfRoom() || why.equalsIgnoreCase(NO_ROOM_FOR_SQLITE);
  }
}
