package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That what the documentation points to is there: files, headings, and steps in the code. */
final class DocumentationLinksIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern FENCE = Pattern.compile("(?ms)^ *```.*?^ *```$");
  private static final Pattern CODE = Pattern.compile("`[^`\n]*`");
  private static final Pattern LINK = Pattern.compile("]\\(\\s*([^)\\s]+)\\s*\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.*?) *$");
  private static final Pattern STEP = Pattern.compile("(?m)^\\| ([A-Z][0-9]+) \\|");
  private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");

  @Test
  void links_leadSomewhere() throws IOException {
    var dead = new ArrayList<String>();
    var links = 0;
    for (var page : pages()) {
      var text = CODE.matcher(withoutFences(Files.readString(page))).replaceAll("``");
      for (var found : LINK.matcher(text).results().toList()) {
        var link = found.group(1);
        if (ELSEWHERE.matcher(link).matches()) {
          continue;
        }
        links++;
        var parts = link.split("#", 2);
        var target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        if (!Files.exists(target)) {
          dead.add(ROOT.relativize(page) + ": no such file: " + link);
        } else if (parts.length == 2 && !anchors(target).contains(parts[1])) {
          dead.add(ROOT.relativize(page) + ": no such heading: " + link);
        }
      }
    }
    assertTrue(links > 100, "only " + links + " links were found: does the test still see them?");
    assertEquals(List.of(), dead);
  }

  @Test
  void steps_ofTheProtocols_bearTheirMarksInTheCode() throws IOException {
    var code = new StringBuilder();
    try (var sources = Files.walk(ROOT.resolve("sync-agent/src/main/java"))) {
      for (var file : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        code.append(Files.readString(file));
      }
    }
    var pages =
        Files.readString(ROOT.resolve("docs/crash-safety.md"))
            + Files.readString(ROOT.resolve("docs/crash-safety-history.md"));
    var steps = STEP.matcher(pages).results().map(step -> step.group(1)).toList();
    assertTrue(steps.size() > 60, "only " + steps + " were found: does the test still see them?");
    assertEquals(
        List.of(),
        steps.stream()
            .filter(step -> !Pattern.compile("\\b" + step + "\\b").matcher(code).find())
            .toList());
  }

  private static List<Path> pages() throws IOException {
    try (var top = Files.list(ROOT);
        var docs = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).toList();
    }
  }

  private static String withoutFences(String text) {
    return FENCE.matcher(text).replaceAll("");
  }

  /** The names that GitHub gives to a page's headings. */
  private static Set<String> anchors(Path page) throws IOException {
    var anchors = new HashSet<String>();
    for (var heading : HEADING.matcher(withoutFences(Files.readString(page))).results().toList()) {
      var name =
          heading
              .group(1)
              .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N}_ -]", "")
              .replace(' ', '-');
      for (int i = 1; !anchors.add(i == 1 ? name : name + "-" + (i - 1)); i++) {
        // the second of one name gets -1
      }
    }
    return anchors;
  }
}
