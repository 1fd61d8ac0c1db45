package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AmountTest {
  @Test
  void of_oneAndOthers_agreeInNumber() {
    assertEquals("0 databases", Amount.of(0, "database"));
    assertEquals("1 database", Amount.of(1, "database"));
    assertEquals("2 databases", Amount.of(2, "database"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "1, 1 byte",
    "999, 999 bytes",
    "1000, 1.0 kB",
    "8192, 8.2 kB",
    "120000, 120 kB",
    "1200000000, 1.2 GB",
    "5000000000000000, 5000 TB"
  })
  void ofBytes_anySize_isShort(long bytes, String shown) {
    assertEquals(shown, Amount.ofBytes(bytes));
  }

  @Test
  void some_moreThanFit_areCounted() {
    assertEquals("", Amount.some(List.of()));
    assertEquals("a, b", Amount.some(List.of("a", "b")));
    assertEquals("1, 2, 3, 4, 5", Amount.some(List.of(1, 2, 3, 4, 5)));
    assertEquals("1, 2, 3, 4, 5 and 1 more", Amount.some(List.of(1, 2, 3, 4, 5, 6)));
    assertEquals("a and 8 more", Amount.some(Stream.of("a", "b"), 1, 9));
  }
}
