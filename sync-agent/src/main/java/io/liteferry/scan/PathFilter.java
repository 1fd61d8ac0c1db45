package io.liteferry.scan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which paths travel, by globs as git's ignore files understand them.
 *
 * <p>A glob without a slash, or with one at its end alone, matches a name at any depth; any other
 * matches a path from the root. {@code *} and {@code ?} match no slash; {@code [a-z]}, {@code
 * [!a-z]}; {@code \} takes the next character as it is; {@code **}{@code /} stands for any number
 * of directories, and {@code /**} for all below. With a slash at its end it matches directories
 * alone. What is below a match matches too. Beyond git: {@code {a,b}}. Unlike there, nothing can be
 * taken back.
 *
 * <p>Without includes everything is included; an exclude always wins.
 */
public final class PathFilter {
  /** Takes everything. */
  public static final PathFilter ALL = new PathFilter(List.of(), List.of());

  private final List<Glob> includes;
  private final List<Glob> excludes;

  public PathFilter(List<Glob> includes, List<Glob> excludes) {
    this.includes = List.copyOf(includes);
    this.excludes = List.copyOf(excludes);
  }

  /** A glob that parsed. */
  public static final class Glob {
    private final String text;
    private final List<Alternative> alternatives = new ArrayList<>();

    /** One of what is in braces; a glob without braces is one. */
    private record Alternative(Pattern pattern, boolean anyDepth, boolean directoriesOnly) {}

    /**
     * Parses a glob.
     *
     * @throws IllegalArgumentException with a message for the user when it does not parse
     */
    public Glob(String text) {
      this.text = text;
      if (text.startsWith("!")) {
        throw new IllegalArgumentException(
            "'%s' would take back what another glob matches, which no glob can: write '\\%s' for a"
                    .formatted(text, text)
                + " name that begins with '!'");
      }
      for (var alternative : Braces.expand(text)) {
        alternatives.add(parse(alternative));
      }
    }

    private Alternative parse(String glob) {
      boolean directoriesOnly = glob.endsWith("/");
      var pattern = directoriesOnly ? glob.substring(0, glob.length() - 1) : glob;
      boolean anyDepth = pattern.indexOf('/') < 0;
      pattern = pattern.startsWith("./") ? pattern.substring(1) : pattern;
      pattern = pattern.startsWith("/") ? pattern.substring(1) : pattern;
      if (("/" + pattern + "/").contains("/../")) {
        throw new IllegalArgumentException("'%s' leads out of the directory".formatted(text));
      }
      if (pattern.isEmpty() || pattern.equals(".")) {
        throw new IllegalArgumentException("a glob must name something");
      }
      try {
        return new Alternative(GlobPattern.compile(pattern), anyDepth, directoriesOnly);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "'%s' is not a glob: %s".formatted(text, e.getMessage()), e);
      }
    }

    /** Whether it matches the path itself or a directory above it. */
    boolean covers(Path path, boolean directory) {
      boolean isDirectory = directory;
      for (var p = path; p != null; p = p.getParent()) {
        for (var one : alternatives) {
          if ((isDirectory || !one.directoriesOnly())
              && one.pattern()
                  .matcher((one.anyDepth() ? p.getFileName() : p).toString())
                  .matches()) {
            return true;
          }
        }
        isDirectory = true;
      }
      return false;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Whether this name is left out, as a file or link; for a directory see {@link #excludes(Path,
   * boolean)}.
   */
  public boolean excludes(Path path) {
    return excludes(path, false);
  }

  /**
   * Whether this name is left out, and for a directory all below it.
   *
   * @param directory whether it is known to be one: some globs match nothing else
   */
  public boolean excludes(Path path, boolean directory) {
    return anyCovers(excludes, path, directory);
  }

  /** Whether the file or link travels. */
  public boolean takes(Path path) {
    return (includes.isEmpty() || anyCovers(includes, path, false)) && !excludes(path);
  }

  /** Whether directories travel for their own sake, also when empty. */
  public boolean takesEverything() {
    return includes.isEmpty();
  }

  private static boolean anyCovers(List<Glob> globs, Path path, boolean directory) {
    for (var glob : globs) {
      if (glob.covers(path, directory)) {
        return true;
      }
    }
    return false;
  }
}
