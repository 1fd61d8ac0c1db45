package io.liteferry.volume;

import io.liteferry.durable.Durable;
import io.liteferry.durable.NoHardLinksException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;

/** A hard link to what is on a volume, which somebody else may own. */
public final class SecondName {
  private SecondName() {}

  /**
   * Gives a file a second name, as {@link Durable#link}.
   *
   * @return false when it cannot have one, and has to be copied. Some servers say of a file of
   *     somebody else's that access is denied
   */
  public static boolean give(Path file, Path name) throws IOException {
    try {
      Durable.link(file, name);
      return true;
    } catch (NoHardLinksException | AccessDeniedException e) {
      return false;
    }
  }
}
