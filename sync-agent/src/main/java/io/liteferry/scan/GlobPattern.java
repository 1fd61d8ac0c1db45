package io.liteferry.scan;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** A glob of git, without braces and without a slash at either end, as a regular expression. */
final class GlobPattern {
  private static final Map<String, String> NAMED_CLASSES =
      Map.ofEntries(
          Map.entry("alnum", "\\p{Alnum}"),
          Map.entry("alpha", "\\p{Alpha}"),
          Map.entry("blank", "\\p{Blank}"),
          Map.entry("cntrl", "\\p{Cntrl}"),
          Map.entry("digit", "\\p{Digit}"),
          Map.entry("graph", "\\p{Graph}"),
          Map.entry("lower", "\\p{Lower}"),
          Map.entry("print", "\\p{Print}"),
          Map.entry("punct", "\\p{Punct}"),
          Map.entry("space", "\\p{Space}"),
          Map.entry("upper", "\\p{Upper}"),
          Map.entry("xdigit", "\\p{XDigit}"));

  private final String glob;
  private final StringBuilder regex = new StringBuilder();
  private int at;

  private GlobPattern(String glob) {
    this.glob = glob;
  }

  /**
   * Translates it.
   *
   * @throws IllegalArgumentException with the reason when it is none
   */
  static Pattern compile(String glob) {
    var pattern = new GlobPattern(glob);
    while (pattern.at < glob.length()) {
      pattern.next();
    }
    return Pattern.compile(pattern.regex.toString(), Pattern.DOTALL);
  }

  private void next() {
    int c = take();
    switch (c) {
      case '*' -> stars();
      case '?' -> regex.append("[^/]");
      case '[' -> characters();
      case '\\' -> literal(escaped());
      default -> literal(c);
    }
  }

  /** Two or more have a meaning only as a whole name. */
  private void stars() {
    int begin = at - 1;
    while (at < glob.length() && glob.charAt(at) == '*') {
      at++;
    }
    boolean isName =
        at - begin > 1
            && (begin == 0 || glob.charAt(begin - 1) == '/')
            && (at == glob.length() || glob.charAt(at) == '/');
    if (!isName) {
      regex.append("[^/]*");
    } else if (at == glob.length()) {
      regex.append(".*");
    } else {
      at++;
      regex.append("(?:.*/)?");
    }
  }

  private void characters() {
    boolean not = at < glob.length() && (glob.charAt(at) == '!' || glob.charAt(at) == '^');
    if (not) {
      at++;
    }
    var members = new StringBuilder();
    for (boolean first = true; first || peek() != ']'; first = false) {
      if (glob.startsWith("[:", at) && glob.indexOf(":]", at + 2) >= 0) {
        int end = glob.indexOf(":]", at + 2);
        members.append(named(glob.substring(at + 2, end)));
        at = end + 2;
        continue;
      }
      int low = member();
      int high = low;
      if (peek() == '-' && at + 1 < glob.length() && glob.charAt(at + 1) != ']') {
        at++;
        high = member();
      }
      members.append(one(low)); // also of a range that is the wrong way round
      if (low < high) {
        members.append('-').append(one(high));
      }
    }
    at++;
    regex.append("(?!/)[").append(not ? "^" : "").append(members).append(']');
  }

  private static String named(String name) {
    var named = NAMED_CLASSES.get(name);
    if (named == null) {
      throw new IllegalArgumentException("there is no class '%s'".formatted(name));
    }
    return named;
  }

  private int member() {
    peek();
    int c = take();
    return c == '\\' ? escaped() : c;
  }

  private int escaped() {
    if (at == glob.length()) {
      throw new IllegalArgumentException("it ends in a backslash");
    }
    return take();
  }

  /** Of a class, which does not end with the glob. */
  private char peek() {
    if (at == glob.length()) {
      throw new IllegalArgumentException("a '[' is not closed");
    }
    return glob.charAt(at);
  }

  private int take() {
    int c = glob.codePointAt(at);
    at += Character.charCount(c);
    return c;
  }

  private void literal(int c) {
    regex.append(one(c));
  }

  private static String one(int c) {
    return String.format(Locale.ROOT, "\\x{%x}", c);
  }
}
