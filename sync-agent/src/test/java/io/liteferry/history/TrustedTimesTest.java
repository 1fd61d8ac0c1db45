package io.liteferry.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TrustedTimesTest {
  private static String trusted(String times) {
    var raw =
        times.isEmpty()
            ? List.<Instant>of()
            : Arrays.stream(times.split(" "))
                .map(t -> Instant.ofEpochSecond(Long.parseLong(t)))
                .toList();
    var trusted = TrustedTimes.of(raw);
    return IntStream.range(0, raw.size())
        .mapToObj(i -> (trusted.isTrusted(i) ? "" : "~") + trusted.time(i).getEpochSecond())
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "1 2 3, 1 2 3",
    "5 5 5, 5 5 5",
    "100 0 101 102, 100 ~101 101 102", // 1970
    "0 100 101, 0 100 101", // may be true
    "100 101 900 102 103, 100 101 ~102 102 103", // a year ahead
    "100 101 102 0, 100 101 102 ~102",
    "100 101 0 1 2 102, ~0 ~0 0 1 2 102" // four agree, and three
  })
  void of_times_longestRunIsTrusted(String raw, String expected) {
    assertEquals(expected, trusted(raw));
  }

  @Test
  void of_nothing_isNothing() {
    assertEquals("", trusted(""));
  }
}
