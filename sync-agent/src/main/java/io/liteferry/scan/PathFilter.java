package io.liteferry.scan;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which paths travel, by globs as git's ignore files understand them: {@code *} within a name,
 * {@code **} across directories, {@code {a,b}}, {@code [a-z]}. A glob without a slash matches a
 * name at any depth, one with a slash matches from the root. What is below a match matches too.
 *
 * <p>Without includes everything is included; an exclude always wins.
 */
public final class PathFilter {
  /** Takes everything. */
  public static final PathFilter ALL = new PathFilter(List.of(), List.of());

  private static final Pattern ESCAPED_OR_CLASS = Pattern.compile("\\\\.|\\[[^]]*]|\\{[^}]*}");

  private final List<Glob> includes;
  private final List<Glob> excludes;

  public PathFilter(List<Glob> includes, List<Glob> excludes) {
    this.includes = List.copyOf(includes);
    this.excludes = List.copyOf(excludes);
  }

  /** A glob that parsed. */
  public static final class Glob {
    private final String text;
    private final List<PathMatcher> matchers = new ArrayList<>();
    private final boolean anyDepth;

    /**
     * Parses a glob.
     *
     * @throws IllegalArgumentException with a message for the user when it does not parse
     */
    public Glob(String text) {
      this.text = text;
      var pattern = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
      anyDepth = ESCAPED_OR_CLASS.matcher(pattern).replaceAll("x").indexOf('/') < 0;
      pattern = pattern.startsWith("./") ? pattern.substring(1) : pattern;
      pattern = pattern.startsWith("/") ? pattern.substring(1) : pattern;
      if (("/" + pattern + "/").contains("/../")) {
        throw new IllegalArgumentException("'%s' leads out of the directory".formatted(text));
      }
      if (pattern.isEmpty()) {
        throw new IllegalArgumentException("a glob must name something");
      }
      try {
        var files = FileSystems.getDefault();
        matchers.add(files.getPathMatcher("glob:" + pattern));
        if (pattern.startsWith("**/")) { // as in git: also at the root itself
          matchers.add(files.getPathMatcher("glob:" + pattern.substring("**/".length())));
        }
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "'%s' is not a glob: %s".formatted(text, e.getDescription()), e);
      }
    }

    /** Whether it matches the path itself or a directory above it. */
    boolean covers(Path path) {
      for (var p = path; p != null; p = p.getParent()) {
        var subject = anyDepth ? p.getFileName() : p;
        for (var matcher : matchers) {
          if (matcher.matches(subject)) {
            return true;
          }
        }
      }
      return false;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Whether neither this path nor, for a directory, anything below it can travel. */
  public boolean excludes(Path path) {
    return anyCovers(excludes, path);
  }

  /** Whether the file or link travels. */
  public boolean takes(Path path) {
    return (includes.isEmpty() || anyCovers(includes, path)) && !excludes(path);
  }

  /** Whether directories travel for their own sake, also when empty. */
  public boolean takesEverything() {
    return includes.isEmpty();
  }

  private static boolean anyCovers(List<Glob> globs, Path path) {
    for (var glob : globs) {
      if (glob.covers(path)) {
        return true;
      }
    }
    return false;
  }
}
