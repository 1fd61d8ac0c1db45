package io.liteferry.restore;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.List;

/**
 * A database on the volume is not known to be sound. The volume is untouched, local is incomplete
 * and marked so.
 */
public final class UnsoundDatabaseException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private UnsoundDatabaseException(String message) {
    super(message);
  }

  static UnsoundDatabaseException corrupt(Path volume, Path database, List<String> findings) {
    return new UnsoundDatabaseException(
        "%s on the volume %s is corrupt (%s); put a good copy in its place, or give --accept-older to go back to the newest point that is sound"
            .formatted(database, volume, String.join("; ", findings)));
  }

  /** Of what a point does not have any more as it was. */
  static UnsoundDatabaseException ofPoint(String why) {
    return new UnsoundDatabaseException(why + "; the volume is as it was");
  }

  /** When {@code --accept-older} finds nothing. */
  static UnsoundDatabaseException atEveryPoint(UnsoundDatabaseException now) {
    return new UnsoundDatabaseException(now.getMessage() + "; no kept point is sound either");
  }

  static UnsoundDatabaseException unchecked(Path volume, Path database, String why) {
    return new UnsoundDatabaseException(
        "Liteferry cannot tell whether %s on the volume %s is sound: %s"
            .formatted(database, volume, why));
  }
}
