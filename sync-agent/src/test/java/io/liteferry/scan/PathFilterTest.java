package io.liteferry.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.scan.PathFilter.Glob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PathFilterTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*.log       | a.log         | true",
        "*.log       | a/b/c.log     | true",
        "*.log       | a.log/x       | true",
        "*.log       | a.log.1       | false",
        "cache       | cache         | true",
        "cache       | a/cache/b     | true",
        "cache       | mycache       | false",
        "cache/      | a/cache/b     | true",
        "cache/      | a/cache       | false",
        "./cache     | cache/x       | true",
        "./cache     | a/cache       | false",
        "/cache      | cache/x       | true",
        "/cache      | a/cache       | false",
        "a/*.tmp     | a/x.tmp       | true",
        "a/*.tmp     | a/b/x.tmp     | false",
        "a/*.tmp     | b/a/x.tmp     | false",
        "a/**        | a/b/c         | true",
        "a/**        | a             | false",
        "**/x.db     | x.db          | true",
        "**/x.db     | a/b/x.db      | true",
        "a/**/x.db   | a/b/c/x.db    | true",
        "a/**/x.db   | a/x.db        | true",
        "*.{jpg,png} | a/b.png       | true",
        "*.{jpg,png} | a/b.gif       | false",
        "{a,b}/c     | b/c           | true",
        "{a,b}/c     | x/b/c         | false",
        "{a/x,b}     | a/x           | true",
        "{a/x,b}     | c/a/x         | false",
        "{a/x,b}     | c/b           | true",
        "{a,b}{1,2}  | b1            | true",
        "{,.}cache   | .cache        | true",
        "\\{a,b}    | {a,b}         | true",
        "[{]a        | {a            | true",
        "{[,],a}     | ','           | true",
        "[a-c].db    | x/b.db        | true",
        "[!a].db     | b.db          | true",
        "?.db        | ab.db         | false",
        "*           | .hidden       | true",
        "\\*         | *             | true",
        "\\*         | a             | false",
      })
  void takes_exclude_leavesOutWhatItCovers(String glob, String path, boolean covered) {
    var filter = new PathFilter(List.of(), List.of(new Glob(glob)));
    assertEquals(!covered, filter.takes(Path.of(path)));
    assertEquals(covered, filter.excludes(Path.of(path)));
    var only = new PathFilter(List.of(new Glob(glob)), List.of());
    assertEquals(covered, only.takes(Path.of(path)));
  }

  @Test
  void takes_includedAndExcluded_isLeftOut() {
    var filter = new PathFilter(List.of(new Glob("*.db")), List.of(new Glob("cache")));
    assertTrue(filter.takes(Path.of("a/x.db")));
    assertFalse(filter.takes(Path.of("a/cache/x.db")));
    assertFalse(filter.takes(Path.of("x.txt")));
  }

  /** What git itself says of some hundred patterns and of paths that lie nearby. */
  @ParameterizedTest
  @MethodSource("ignoredByGit")
  void excludes_asGitIgnores(String pattern, Set<String> ignored, List<String> paths) {
    var filter = new PathFilter(List.of(), List.of(new Glob(pattern)));
    var excluded = new TreeSet<String>();
    for (var path : paths) {
      boolean directory = path.endsWith("/");
      var name = Path.of(path);
      assertTrue(directory || filter.takes(name) != filter.excludes(name));
      if (filter.excludes(name, directory)) {
        excluded.add(path);
      }
    }
    assertEquals(ignored, excluded);
  }

  static Stream<Arguments> ignoredByGit() throws IOException {
    try (var in = PathFilterTest.class.getResourceAsStream("gitignore.txt")) {
      var lines =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .skip(2) // what the file says of itself
              .map(line -> List.of(line.split("\t", -1)))
              .toList();
      var paths = lines.getFirst();
      return lines.stream()
          .skip(1)
          .map(
              line ->
                  Arguments.of(
                      line.getFirst(), new TreeSet<>(line.subList(1, line.size())), paths));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "./",
        "[a",
        "[]",
        "[!]",
        "a\\",
        "[[:nonsense:]]",
        "{a",
        "{a,{b,c}}",
        "{a,}",
        "!a",
        "a/../b",
        "{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}"
      })
  void glob_thatDoesNotParse_isRefusedWithAReason(String text) {
    var error = assertThrows(IllegalArgumentException.class, () -> new Glob(text));
    assertFalse(error.getMessage().isBlank());
  }
}
