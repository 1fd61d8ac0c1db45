package io.liteferry.sqlite;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The names that a statement of the schema uses, as SQLite splits text into tokens. It may name
 * more than there is, for instance the type {@code varchar(10)} among the functions, and never
 * less.
 *
 * @param functions what stands before a parenthesis
 * @param collations what stands behind the word {@code COLLATE}
 */
record SqlNames(Set<String> functions, Set<String> collations) {
  static SqlNames of(String sql) {
    var names = new SqlNames(new HashSet<>(), new HashSet<>());
    String before = "";
    boolean afterCollate = false;
    int at = 0;
    while (at < sql.length()) {
      int end = end(sql, at);
      char first = sql.charAt(at);
      if (isGap(sql, at)) {
        at = end;
        continue;
      }
      boolean quoted = isQuote(first);
      var token = quoted ? unquoted(sql.substring(at, end)) : sql.substring(at, end);
      boolean name = quoted || isPartOfWord(first);
      if (afterCollate && name) {
        names.collations.add(folded(token));
      }
      if (first == '(' && !before.isEmpty()) {
        names.functions.add(folded(before));
      }
      afterCollate = !quoted && token.equalsIgnoreCase("COLLATE");
      before = name ? token : "";
      at = end;
    }
    return names;
  }

  /** SQLite's names are equal whatever their case. */
  static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static int end(String sql, int at) {
    char first = sql.charAt(at);
    if (isQuote(first)) {
      char last = first == '[' ? ']' : first;
      int end = at + 1;
      while (end < sql.length()) {
        if (sql.charAt(end++) != last) {
          continue;
        }
        if (first == '[' || end >= sql.length() || sql.charAt(end) != last) {
          break;
        }
        end++;
      }
      return end;
    }
    if (sql.startsWith("--", at)) {
      return orEnd(sql, sql.indexOf('\n', at), 1);
    }
    if (sql.startsWith("/*", at)) {
      return orEnd(sql, sql.indexOf("*/", at + 2), 2);
    }
    int end = at + 1;
    while (isPartOfWord(first) && end < sql.length() && isPartOfWord(sql.charAt(end))) {
      end++;
    }
    return end;
  }

  private static int orEnd(String sql, int found, int length) {
    return found < 0 ? sql.length() : found + length;
  }

  private static boolean isGap(String sql, int at) {
    return " \t\n\f\r".indexOf(sql.charAt(at)) >= 0
        || sql.startsWith("--", at)
        || sql.startsWith("/*", at);
  }

  private static boolean isQuote(char c) {
    return c == '\'' || c == '"' || c == '`' || c == '[';
  }

  private static boolean isPartOfWord(char c) {
    return c >= 0x80 || c == '_' || c == '$' || Character.isLetterOrDigit(c);
  }

  private static String unquoted(String token) {
    char first = token.charAt(0);
    var inner = token.substring(1, Math.max(1, token.length() - 1));
    return first == '[' ? inner : inner.replace("" + first + first, "" + first);
  }
}
