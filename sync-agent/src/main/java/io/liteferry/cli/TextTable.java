package io.liteferry.cli;

import java.util.ArrayList;
import java.util.List;

/** The table of points: a number on the right, texts on the left, a size on the right, a text. */
final class TextTable {
  private static final String INDENT = "       ";

  private sealed interface Line {}

  private record Row(String point, String when, String changed, String frees, String because)
      implements Line {}

  private record Below(String text) implements Line {}

  private final List<Line> lines = new ArrayList<>();

  void add(String point, String when, String changed, String frees, String because) {
    lines.add(new Row(point, when, changed, frees, because));
  }

  void addBelow(String text) {
    lines.add(new Below(text));
  }

  static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private static String right(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  private interface Cell {
    String of(Row row);
  }

  private int width(Cell cell) {
    return lines.stream()
        .mapToInt(line -> line instanceof Row row ? cell.of(row).length() : 0)
        .max()
        .orElse(0);
  }

  String text() {
    int point = width(Row::point);
    int when = width(Row::when);
    int changed = width(Row::changed);
    int frees = width(Row::frees);
    var text = new StringBuilder();
    for (var line : lines) {
      var shown =
          switch (line) {
            case Below below -> INDENT + below.text();
            case Row row ->
                right(row.point(), point)
                    + " "
                    + padded(row.when(), when)
                    + "  "
                    + padded(row.changed(), changed)
                    + "  "
                    + right(row.frees(), frees)
                    + "   "
                    + row.because();
          };
      text.append(shown.stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
