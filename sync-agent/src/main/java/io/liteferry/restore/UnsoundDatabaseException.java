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

  private final String finding;

  private UnsoundDatabaseException(String finding, String remedy) {
    super(finding + remedy);
    this.finding = finding;
  }

  /** What is wrong, without what to do about it. */
  String finding() {
    return finding;
  }

  static UnsoundDatabaseException corrupt(Path volume, Path database, List<String> findings) {
    return new UnsoundDatabaseException(
        "%s on the volume %s is corrupt (%s)"
            .formatted(database, volume, String.join("; ", findings)),
        "; put a good copy in its place, or give --accept-older to go back to the newest point"
            + " that is sound");
  }

  /** Of what a point does not have any more as it was. */
  static UnsoundDatabaseException ofPoint(String why) {
    return new UnsoundDatabaseException(why, "; the volume is as it was");
  }

  /** When {@code --accept-older} finds nothing. */
  static UnsoundDatabaseException atEveryPoint(UnsoundDatabaseException now) {
    return new UnsoundDatabaseException(now.finding, "; no kept point is sound either");
  }

  static UnsoundDatabaseException unchecked(Path volume, Path database, String why) {
    return new UnsoundDatabaseException(
        "Liteferry cannot tell whether %s on the volume %s is sound: %s"
            .formatted(database, volume, why),
        "");
  }
}
