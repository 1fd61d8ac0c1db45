package io.liteferry.cli;

import com.google.errorprone.annotations.FormatMethod;
import io.liteferry.durable.Errno;
import io.liteferry.durable.User;
import io.liteferry.publish.Volume;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The three directories of a command, checked before anything is touched.
 *
 * @param local with all links resolved
 * @param volume with all links resolved
 * @param state absolute; it may not exist yet
 */
record Directories(Path local, Path volume, Path state) {
  /** What the default state directory's name adds to local's. */
  static final String STATE_SUFFIX = ".liteferry";

  static Directories check(Path localArgument, Path volumeArgument, Optional<Path> stateArgument)
      throws BadPathException {
    var resolved = resolve(localArgument, volumeArgument, stateArgument);
    writable("LOCAL", resolved.local, ExitCode.NODE);
    writable("VOLUME", resolved.volume, ExitCode.VOLUME_UNAVAILABLE);
    return resolved;
  }

  /** The same, without asking whether local and the volume can be written to. */
  static Directories resolve(Path localArgument, Path volumeArgument, Optional<Path> stateArgument)
      throws BadPathException {
    var local = existing("LOCAL", localArgument, ExitCode.NODE);
    var volume = existing("VOLUME", volumeArgument, ExitCode.VOLUME_UNAVAILABLE);
    if (local.equals(volume)) {
      throw refused("LOCAL and VOLUME are the same directory, %s: give two", local);
    }
    if (local.startsWith(volume)) {
      throw refused("LOCAL %s is inside VOLUME %s: give two separate directories", local, volume);
    }
    if (volume.startsWith(local)) {
      throw refused("VOLUME %s is inside LOCAL %s: give two separate directories", volume, local);
    }
    if (isVolume(local)) {
      throw refused(
          "LOCAL %s is a volume of Liteferry (it has %s): are LOCAL and VOLUME swapped?",
          local, Volume.OWN);
    }
    var state = resolveState(local, stateArgument);
    if (state.startsWith(local)) {
      throw refused("STATE %s is inside LOCAL %s: give another --state", state, local);
    }
    if (state.startsWith(volume)) {
      throw refused("STATE %s is inside VOLUME %s: give another --state", state, volume);
    }
    if (local.startsWith(state) || volume.startsWith(state)) {
      throw refused(
          "STATE %s contains %s: give another --state",
          state, local.startsWith(state) ? "LOCAL" : "VOLUME");
    }
    return new Directories(local, volume, state);
  }

  private static boolean isVolume(Path local) throws BadPathException {
    try {
      return Volume.isMarked(local);
    } catch (IOException e) {
      throw unusable("LOCAL", local, ExitCode.NODE, e);
    }
  }

  /** The same, of a volume that is only read. */
  static Directories checkToRead(
      Path localArgument, Path volumeArgument, Optional<Path> stateArgument)
      throws BadPathException {
    var resolved = resolve(localArgument, volumeArgument, stateArgument);
    writable("LOCAL", resolved.local, ExitCode.NODE);
    return resolved;
  }

  /** The same, without asking a volume that gives no answer. */
  static Directories resolveBesideHungVolume(
      Path localArgument, Path volumeArgument, Optional<Path> stateArgument)
      throws BadPathException {
    var local = existing("LOCAL", localArgument, ExitCode.NODE);
    var volume = volumeArgument.toAbsolutePath().normalize();
    return new Directories(local, volume, resolveState(local, stateArgument));
  }

  /** For commands that only read. */
  static Path readable(Path volumeArgument) throws BadPathException {
    return existing("VOLUME", volumeArgument, ExitCode.VOLUME_UNAVAILABLE);
  }

  /** For commands that ask an agent. */
  static Path readableLocal(Path localArgument) throws BadPathException {
    return existing("LOCAL", localArgument, ExitCode.NODE);
  }

  /**
   * The state directory of an agent to ask.
   *
   * @param local with all links resolved
   */
  static Path existingState(Optional<Path> local, Optional<Path> stateArgument)
      throws BadPathException {
    var state = stateArgument.or(() -> local.map(Directories::defaultState)).orElseThrow();
    if (!Files.exists(state)) {
      throw new BadPathException(
          ExitCode.NODE,
          "STATE %s does not exist: start an agent first, or give its --state".formatted(state));
    }
    return existing("STATE", state, ExitCode.NODE);
  }

  /** For a command that takes the volume alone, on a directory without a mark. */
  static void requireNotOfAgent(Path volume) throws BadPathException {
    if (isState(volume)) {
      throw refused("%s is the STATE of an agent: give its VOLUME", volume);
    }
    var state = defaultState(volume);
    if (isState(state)) {
      throw refused(
          "%s is the LOCAL of an agent, as %s is its STATE: give its VOLUME", volume, state);
    }
  }

  /** As far as can be seen: only a hint depends on it. */
  private static boolean isState(Path directory) {
    try {
      return StateDirectory.look(directory).knownId().isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private static Path defaultState(Path local) {
    return local.resolveSibling(local.getFileName() + STATE_SUFFIX);
  }

  /** For commands that work on the volume alone. */
  static void requireWritable(Path volume) throws BadPathException {
    writable("VOLUME", volume, ExitCode.VOLUME_UNAVAILABLE);
  }

  private static Path existing(String name, Path argument, ExitCode code) throws BadPathException {
    if (argument.toString().isEmpty()) {
      throw new BadPathException(ExitCode.USAGE, name + " is empty: give a directory");
    }
    try {
      var real = argument.toRealPath();
      if (!Files.isDirectory(real)) {
        throw new BadPathException(
            code, "%s %s is not a directory: give a directory".formatted(name, argument));
      }
      if (!Files.isReadable(real) || !Files.isExecutable(real)) {
        throw notPermitted(name, real, "read", code);
      }
      return real;
    } catch (java.nio.file.NoSuchFileException e) {
      throw new BadPathException(
          code,
          "%s %s does not exist: create it, or check that it is mounted".formatted(name, argument));
    } catch (java.nio.file.AccessDeniedException e) {
      throw notPermitted(name, argument, "read", code);
    } catch (IOException e) {
      throw unusable(name, argument, code, e);
    }
  }

  private static BadPathException unusable(
      String name, Path argument, ExitCode code, IOException because) {
    return new BadPathException(
        code, "%s %s cannot be used: %s".formatted(name, argument, Errno.describe(because)));
  }

  private static void writable(String name, Path directory, ExitCode code) throws BadPathException {
    if (!Files.isWritable(directory)) {
      throw notPermitted(name, directory, "written to", code);
    }
  }

  private static BadPathException notPermitted(
      String name, Path directory, String what, ExitCode code) {
    return new BadPathException(
        code,
        "%s %s cannot be %s by user %s: mend its owner or permissions%s"
            .formatted(
                name,
                directory,
                what,
                User.shown(),
                what.equals("read") ? "" : ", or mount it read-write"));
  }

  /** The part of the path that exists is resolved, the rest is kept as it is. */
  private static Path resolveState(Path local, Optional<Path> argument) throws BadPathException {
    var state = argument.orElseGet(() -> defaultState(local)).toAbsolutePath().normalize();
    if (Files.exists(state) && !Files.isDirectory(state)) {
      throw new BadPathException(
          ExitCode.NODE, "STATE %s is not a directory: give another --state".formatted(state));
    }
    var existing = state;
    while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    try {
      var real = existing.toRealPath();
      if (!Files.isDirectory(real)) {
        throw new BadPathException(
            ExitCode.NODE,
            "STATE %s is below %s, which is not a directory: give another --state"
                .formatted(state, existing));
      }
      if (!Files.isWritable(real)) {
        throw new BadPathException(
            ExitCode.NODE,
            "STATE %s cannot be written to by user %s: give another --state"
                .formatted(state, User.shown()));
      }
      return real.resolve(existing.relativize(state)).normalize();
    } catch (IOException e) {
      throw new BadPathException(
          ExitCode.NODE, "STATE %s cannot be used: %s".formatted(state, e.getMessage()));
    }
  }

  @FormatMethod
  private static BadPathException refused(String message, Object... arguments) {
    return new BadPathException(ExitCode.REFUSED, message.formatted(arguments));
  }
}
