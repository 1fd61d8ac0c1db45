package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * A page of metrics in Prometheus' text format 0.0.4, read strictly: every sample is of a metric
 * that has one help text and one type before it, no series is there twice, names follow the
 * conventions, and histograms add up.
 */
final class Exposition {
  private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) (\\S+) (.+)");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z_][a-z0-9_]*)(?:\\{(.*)})? ([-+]?[0-9.]+(?:E[-+]?\\d+)?|NaN|[-+]Inf)");
  private static final Pattern LABELS =
      Pattern.compile("(?:[a-z_]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\"(?:,|$))*");
  private static final Pattern NAME = Pattern.compile("(liteferry|process)_[a-z]+(_[a-z]+)*");

  private final Map<String, String> help = new HashMap<>();
  private final Map<String, String> types = new HashMap<>();
  private final Map<String, Double> series = new LinkedHashMap<>();
  private final Map<String, List<Double>> buckets = new HashMap<>();

  Exposition(String page) {
    assertTrue(page.endsWith("\n"), "the last line has no end");
    page.lines().forEach(this::read);
    types.forEach(this::checkType);
    assertEquals(types.keySet(), help.keySet());
  }

  private void read(String line) {
    var comment = COMMENT.matcher(line);
    if (comment.matches()) {
      var names = comment.group(1).equals("HELP") ? help : types;
      assertNull(names.put(comment.group(2), comment.group(3)), line);
      assertTrue(NAME.matcher(comment.group(2)).matches(), line);
      return;
    }
    var sample = SAMPLE.matcher(line);
    assertTrue(sample.matches(), line);
    var labels = sample.group(2) == null ? "" : sample.group(2);
    assertTrue(LABELS.matcher(labels).matches(), line);
    var name = sample.group(1);
    assertNotNull(types.get(familyOf(name)), line + " has no type");
    double value = Double.parseDouble(sample.group(3).replace("Inf", "Infinity"));
    assertNull(series.put(name + "{" + labels + "}", value), line + " is there twice");
    if (name.endsWith("_bucket")) {
      buckets.computeIfAbsent(familyOf(name), n -> new ArrayList<>()).add(value);
    }
  }

  private String familyOf(String name) {
    var family = name.replaceFirst("_(bucket|count|sum)$", "");
    return "histogram".equals(types.get(family)) ? family : name;
  }

  private void checkType(String name, String type) {
    switch (type) {
      case "counter" -> assertTrue(name.endsWith("_total"), name);
      case "gauge" -> assertTrue(!name.endsWith("_total"), name);
      case "histogram" -> {
        assertTrue(name.endsWith("_seconds"), name);
        var counts = buckets.get(name);
        assertNotNull(counts, name);
        assertEquals(counts.stream().sorted().toList(), counts, name);
        assertEquals(value(name + "_bucket{le=\"+Inf\"}"), value(name + "_count"), name);
        assertEquals(counts.getLast(), value(name + "_count").orElseThrow(), name);
        value(name + "_sum").orElseThrow();
      }
      default -> throw new AssertionError(name + " is a " + type);
    }
  }

  /** Of a series by its name, with its labels if it has any; empty when it is not there. */
  OptionalDouble value(String name) {
    var value = series.get(name.endsWith("}") ? name : name + "{}");
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  @Override
  public String toString() {
    return series.toString();
  }
}
