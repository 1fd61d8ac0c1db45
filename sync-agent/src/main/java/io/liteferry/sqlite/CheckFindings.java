package io.liteferry.sqlite;

import io.liteferry.sqlite.DatabaseCheck.Outcome;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What SQLite says in a check: told apart into damage, and what stand-ins alone brought about. */
final class CheckFindings {
  private static final int MAX_DAMAGE = 5;
  private static final int MAX_UNCHECKED = 10;

  private static final Pattern OF_INDEX =
      Pattern.compile(
          "(?:row \\d+ (?:missing from|values differ from)|non-unique entry in) index (.*)",
          Pattern.DOTALL);
  private static final Pattern OF_COLUMN =
      Pattern.compile("(?:NULL|NUMERIC|TEXT|non-[A-Z]+) value in (.*)", Pattern.DOTALL);

  /** A full-text table whose tokenizer or function is the application's. */
  private static final Pattern OF_VIRTUAL_TABLE =
      Pattern.compile(
          "unable to validate the inverted index for .*(no such (collation"
              + " sequence|module|tokenizer|function)|unknown (tokenizer|function)|error in"
              + " tokenizer constructor|unsafe use of).*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /** A page that could not be read; SQLite goes on, and misses what it has not seen. */
  private static final Pattern UNREAD =
      Pattern.compile(".*unable to get the page\\. error code=(\\d{1,9})", Pattern.DOTALL);

  private final Set<String> dependentIndexes = new HashSet<>();
  private final Set<String> dependentColumns = new HashSet<>();
  private final Set<String> damage = new LinkedHashSet<>();
  private final Set<String> unchecked = new LinkedHashSet<>();
  private Optional<String> unread = Optional.empty();

  /** Findings on what depends on stand-ins are not damage from now on, unless of structure. */
  void standInsIn(CheckedTable table) {
    table.indexes().stream()
        .filter(i -> !i.isIndependent())
        .forEach(i -> dependentIndexes.add(i.name()));
    table.computed().forEach(c -> dependentColumns.add(table.name() + "." + c));
  }

  void add(String finding) {
    if (saysNothingOfContent(finding)) {
      unread = Optional.of(finding);
    } else if (OF_VIRTUAL_TABLE.matcher(finding).matches()) {
      unchecked.add(finding);
    } else if (!comesFromStandIn(finding)) {
      addDamage(finding);
    }
  }

  void addDamage(String finding) {
    if (damage.size() < MAX_DAMAGE) {
      damage.add(finding);
    }
  }

  void addUnchecked(String what) {
    unchecked.add(what);
  }

  boolean areDamage() {
    return !damage.isEmpty();
  }

  Outcome outcome() {
    if (unread.isPresent()) {
      return DatabaseCheck.notChecked(unread.get());
    }
    if (areDamage()) {
      return new Outcome.Corrupt(List.copyOf(damage));
    }
    if (unchecked.isEmpty()) {
      return new Outcome.Sound();
    }
    var named = unchecked.stream().limit(MAX_UNCHECKED).collect(Collectors.joining("; "));
    int more = unchecked.size() - MAX_UNCHECKED;
    return new Outcome.PartlyChecked(
        "not checked: " + named + (more > 0 ? "; and " + more + " more" : ""));
  }

  private static boolean saysNothingOfContent(String finding) {
    var matcher = UNREAD.matcher(finding);
    return matcher.matches() && !DatabaseCheck.isOfContent(Integer.parseInt(matcher.group(1)));
  }

  private boolean comesFromStandIn(String finding) {
    var index = OF_INDEX.matcher(finding);
    if (index.matches()) {
      return dependentIndexes.contains(index.group(1));
    }
    var column = OF_COLUMN.matcher(finding);
    return column.matches() && dependentColumns.contains(column.group(1));
  }
}
