package io.liteferry.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.scan.PathFilter.Glob;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        "*.{jpg,png} | a/b.png       | true",
        "*.{jpg,png} | a/b.gif       | false",
        "{a,b}/c     | b/c           | true",
        "{a,b}/c     | x/b/c         | false",
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

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "[a", "{a", "{a,{b,c}}"})
  void glob_thatDoesNotParse_isRefusedWithAReason(String text) {
    var error = assertThrows(IllegalArgumentException.class, () -> new Glob(text));
    assertFalse(error.getMessage().isBlank());
  }
}
