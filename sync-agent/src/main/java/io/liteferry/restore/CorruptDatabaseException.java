package io.liteferry.restore;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.List;

/**
 * A database on the volume failed its check. The volume is untouched, local is incomplete and
 * marked so.
 */
public final class CorruptDatabaseException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  CorruptDatabaseException(Path volume, Path database, List<String> findings) {
    super(
        "%s on the volume %s is corrupt (%s); put a good copy in its place and start again"
            .formatted(database, volume, String.join("; ", findings)));
  }
}
