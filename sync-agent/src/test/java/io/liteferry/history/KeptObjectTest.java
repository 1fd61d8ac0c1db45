package io.liteferry.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeptObjectTest {
  @Test
  void of_plainName_bearsIt() {
    assertEquals("000123/0007-a.jpg", KeptObject.of(123, 7, Path.of("recipes/a.jpg")).place());
    assertEquals("12345-a", KeptObject.of(1, 12_345, Path.of("a")).name());
  }

  @Test
  void of_nameThatIsNotUtf8_isAscii() {
    var path = Path.of(URI.create("file:///x%FF%0A"));
    assertEquals("0001-x%FF%0A", KeptObject.of(1, 1, path).name());
  }

  @Test
  void of_longPlainName_isCutAt200Bytes() {
    assertEquals(200, KeptObject.of(1, 1, Path.of("n".repeat(255))).name().length());
  }

  /** Each character takes three escapes; never half of one, nor half of an escape. */
  @Test
  void of_longName_isCutBetweenCharacters() {
    for (int plain = 0; plain < 12; plain++) {
      var name = "x".repeat(plain) + "€".repeat(80 - plain / 3);
      var cut = KeptObject.of(1, 1, Path.of(name)).name();
      assertTrue(cut.length() <= 200 && cut.length() > 190, cut);
      var text = URI.create("file:///" + cut).getPath();
      assertTrue(text.matches("/0001-x*€+"), text);
    }
  }

  @Test
  void of_longNameThatIsNotUtf8_isCutBetweenBytes() {
    var path = Path.of(URI.create("file:///" + "%FF".repeat(80)));
    var cut = KeptObject.of(1, 1, path).name();
    assertEquals("0001-" + "%FF".repeat(65), cut);
  }

  @Test
  void at_place_isTheObject() {
    for (long generation : new long[] {1, 123, 1_234_567}) {
      var object = KeptObject.of(generation, 3, Path.of("ü"));
      assertEquals(object, KeptObject.at(object.place()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "123/0001-a", "000123/a", "000123/0001-a/b", "../000123/0001-a"})
  void at_noPlace_isRefused(String place) {
    assertThrows(IllegalArgumentException.class, () -> KeptObject.at(place));
  }

  @Test
  void pageFile_names_areReadAgain() {
    var base = PageFile.base("db", 412, 10);
    var segment = Records.segment("db", 412, 590, 10);
    assertEquals("000000412.db", base.name());
    assertEquals("000000413-000000590-%032x-%032x.wal".formatted(412, 590), segment.name());
    assertEquals(Optional.of(base), PageFile.named("db", base.name(), 10));
    assertEquals(Optional.of(segment), PageFile.named("db", segment.name(), 10));
    assertEquals(OptionalLong.empty(), base.from());
    assertThrows(IllegalArgumentException.class, () -> Records.segment("db", 5, 5, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "412.db", "000000412.wal", "000000412-413.wal", ".nfs01", "record"})
  void pageFile_otherName_isNone(String name) {
    assertEquals(Optional.empty(), PageFile.named("db", name, 1));
  }

  /** The digits of names are those of every other machine. */
  @Test
  void names_whereOtherDigitsAreUsed_areTheSame() {
    var was = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    try {
      assertEquals("000012", KeptObject.directory(12));
      assertEquals("000012/0003-a", KeptObject.of(12, 3, Path.of("a")).place());
      assertEquals("000000412.db", PageFile.base("db", 412, 10).name());
    } finally {
      Locale.setDefault(was);
    }
  }
}
