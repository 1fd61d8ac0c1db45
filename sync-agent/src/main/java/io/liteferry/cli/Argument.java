package io.liteferry.cli;

import com.google.errorprone.annotations.FormatMethod;
import io.liteferry.durable.Errno;
import io.liteferry.durable.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory that a command is given. */
enum Argument {
  LOCAL(ExitCode.NODE),
  VOLUME(ExitCode.VOLUME_UNAVAILABLE),
  STATE(ExitCode.NODE),
  DIR(ExitCode.NODE);

  private final ExitCode code;

  Argument(ExitCode code) {
    this.code = code;
  }

  /** The directory with all links resolved, when it can be read. */
  Path readable(Path given) throws BadPathException {
    if (given.toString().isEmpty()) {
      throw new BadPathException(ExitCode.USAGE, name() + " is empty: give a directory");
    }
    try {
      var real = given.toRealPath();
      if (!Files.isDirectory(real)) {
        throw bad("%s %s is not a directory: give a directory", name(), given);
      }
      if (!Files.isReadable(real) || !Files.isExecutable(real)) {
        throw notPermitted(real, "read");
      }
      return real;
    } catch (java.nio.file.NoSuchFileException e) {
      throw bad("%s %s does not exist: create it, or check that it is mounted", name(), given);
    } catch (java.nio.file.AccessDeniedException e) {
      throw notPermitted(given, "read");
    } catch (IOException e) {
      throw unusable(given, e);
    }
  }

  void requireWritable(Path directory) throws BadPathException {
    if (!Files.isWritable(directory)) {
      throw notPermitted(directory, "written to");
    }
  }

  private BadPathException notPermitted(Path directory, String what) {
    return bad(
        "%s %s cannot be %s by user %s: correct its owner or permissions%s",
        name(),
        directory,
        what,
        User.shown(),
        what.equals("read") ? "" : ", or mount it read-write");
  }

  BadPathException unusable(Path given, IOException why) {
    return bad("%s %s cannot be used: %s", name(), given, Errno.describe(why));
  }

  @FormatMethod
  private BadPathException bad(String message, Object... arguments) {
    return new BadPathException(code, message.formatted(arguments));
  }
}
