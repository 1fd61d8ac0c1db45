package io.liteferry.scan;

import java.util.ArrayList;
import java.util.List;

/** What {@code {a,b}} in a glob stands for. */
final class Braces {
  private static final int MOST = 1000;

  private Braces() {}

  /**
   * All combinations, each a glob without braces; backslashes stay.
   *
   * @throws IllegalArgumentException when braces do not match, or there are too many
   */
  static List<String> expand(String glob) {
    var done = List.of("");
    int from = 0;
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '[') {
        i = endOfClass(glob, i);
      } else if (c == '{') {
        int end = endOfGroup(glob, i);
        done = times(done, List.of(glob.substring(from, i)));
        done = times(done, alternatives(glob.substring(i + 1, end)));
        if (done.size() > MOST) {
          throw new IllegalArgumentException("'%s' has too many alternatives".formatted(glob));
        }
        from = end + 1;
        i = end;
      }
    }
    return times(done, List.of(glob.substring(from)));
  }

  private static List<String> times(List<String> beginnings, List<String> ends) {
    var all = new ArrayList<String>();
    for (var beginning : beginnings) {
      for (var end : ends) {
        all.add(beginning + end);
      }
    }
    return all;
  }

  private static int endOfGroup(String glob, int begin) {
    for (int i = begin + 1; i < glob.length(); i++) {
      switch (glob.charAt(i)) {
        case '\\' -> i++;
        case '[' -> i = endOfClass(glob, i);
        case '{' ->
            throw new IllegalArgumentException("'%s' has braces within braces".formatted(glob));
        case '}' -> {
          return i;
        }
        default -> {}
      }
    }
    throw new IllegalArgumentException("'%s' has a brace that is not closed".formatted(glob));
  }

  private static List<String> alternatives(String group) {
    var all = new ArrayList<String>();
    int from = 0;
    for (int i = 0; i < group.length(); i++) {
      switch (group.charAt(i)) {
        case '\\' -> i++;
        case '[' -> i = endOfClass(group, i);
        case ',' -> {
          all.add(group.substring(from, i));
          from = i + 1;
        }
        default -> {}
      }
    }
    all.add(group.substring(from));
    return all;
  }

  /** Where a class ends that begins here; the end of the text when it does not. */
  static int endOfClass(String glob, int begin) {
    int first = begin + 1;
    if (first < glob.length() && (glob.charAt(first) == '!' || glob.charAt(first) == '^')) {
      first++;
    }
    for (int i = first; i < glob.length(); i++) {
      char c = glob.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '[' && glob.startsWith(":", i + 1) && glob.indexOf(":]", i + 2) >= 0) {
        i = glob.indexOf(":]", i + 2) + 1;
      } else if (c == ']' && i > first) {
        return i;
      }
    }
    return glob.length();
  }
}
