package io.liteferry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Whoever looks for a step of the pages on crash safety finds it in the code, and the reverse. */
final class StepMarksTest {
  private static final Pattern STEP = Pattern.compile("(?m)^\\| ([A-Z][0-9]{1,2}) \\|");
  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\n]*");

  @Test
  void steps_ofTheCrashSafetyPages_areTheMarksInComments() throws IOException {
    var steps = new TreeSet<String>();
    for (var page : List.of("crash-safety.md", "crash-safety-history.md")) {
      var rows = STEP.matcher(Files.readString(Path.of("../docs", page))).results();
      rows.forEach(row -> steps.add(row.group(1)));
    }
    var letters = new TreeSet<String>();
    steps.forEach(step -> letters.add(step.substring(0, 1)));
    var mark = Pattern.compile("\\b[" + String.join("", letters) + "][0-9]{1,2}\\b");
    var marks = new TreeSet<String>();
    try (var sources = Files.walk(Path.of("src/main/java"))) {
      for (var source : sources.filter(Files::isRegularFile).toList()) {
        var comments = COMMENT.matcher(Files.readString(source)).results();
        comments.forEach(c -> mark.matcher(c.group()).results().forEach(m -> marks.add(m.group())));
      }
    }
    assertEquals(steps, marks);
  }
}
