package io.liteferry.cli;

import static io.liteferry.cli.Argument.LOCAL;
import static io.liteferry.cli.Argument.STATE;
import static io.liteferry.cli.Argument.VOLUME;

import com.google.errorprone.annotations.FormatMethod;
import io.liteferry.durable.User;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.Volume;
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

  /**
   * Resolves all three, and checks that they do not overlap.
   *
   * @param writable which of them must be writable; state always must
   */
  static Directories resolve(
      Path localArgument, Path volumeArgument, Optional<Path> stateArgument, Argument... writable)
      throws BadPathException {
    var local = LOCAL.readable(localArgument);
    var volume = VOLUME.readable(volumeArgument);
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
    for (var argument : writable) {
      argument.requireWritable(argument == LOCAL ? local : volume);
    }
    return new Directories(local, volume, state);
  }

  private static boolean isVolume(Path local) throws BadPathException {
    try {
      return Volume.isMarked(local);
    } catch (IOException e) {
      throw LOCAL.unusable(local, e);
    }
  }

  /** The same, without asking a volume that gives no answer. */
  static Directories resolveBesideHungVolume(
      Path localArgument, Path volumeArgument, Optional<Path> stateArgument)
      throws BadPathException {
    var local = LOCAL.readable(localArgument);
    var volume = volumeArgument.toAbsolutePath().normalize();
    return new Directories(local, volume, resolveState(local, stateArgument));
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
    return STATE.readable(state);
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
