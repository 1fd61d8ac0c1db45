package io.liteferry.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PointSpecTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Instant NOW = Instant.parse("2026-11-27T17:42:10Z");

  private static PointSpec parse(String text) {
    return PointSpec.parse(text, BERLIN, NOW);
  }

  private static PointSpec.AtTime time(String text, Instant now) {
    return (PointSpec.AtTime) PointSpec.parse(text, BERLIN, now);
  }

  @Test
  void parse_noTime_isAGenerationOrTheLastChecked() {
    assertEquals(new PointSpec.Generation(131), parse("131"));
    assertEquals(new PointSpec.Generation(131), parse("g131"));
    assertEquals(new PointSpec.LastChecked(), parse("last-checked"));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-27T18:00:00+01:00, 2026-11-27T17:00:00Z",
    "2026-11-27T17:00Z, 2026-11-27T17:00:00Z",
    "2026-11-27T17:00:01.25Z, 2026-11-27T17:00:01.250Z",
    "2026-11-27 18:00, 2026-11-27T17:00:00Z",
    "2026-07-01T18:00, 2026-07-01T16:00:00Z",
    "2026-11-27 18:00:30, 2026-11-27T17:00:30Z",
    "yesterday 18:00, 2026-11-26T17:00:00Z",
    "today 9:00, 2026-11-27T08:00:00Z",
    "today 09:00-05:00, 2026-11-27T14:00:00Z",
    "2h ago, 2026-11-27T15:42:10Z",
    "30m ago, 2026-11-27T17:12:10Z",
    "30 minutes ago, 2026-11-27T17:12:10Z",
    "1 hour ago, 2026-11-27T16:42:10Z",
    "18:00, 2026-11-27T17:00:00Z",
    "10s ago, 2026-11-27T17:42:00Z",
    "0 s ago, 2026-11-27T17:42:10Z",
    "33d ago, 2026-10-25T17:42:10Z"
  })
  void parse_time_isThatMoment(String text, Instant expected) {
    assertEquals(expected, time(text, NOW).time());
  }

  /** What is today depends on where one is. */
  @Test
  void parse_today_isTheZones() {
    var shortAfterMidnight = Instant.parse("2026-11-27T23:30:00Z");
    assertEquals(
        Instant.parse("2026-11-27T08:00:00Z"), time("yesterday 9:00", shortAfterMidnight).time());
  }

  @Test
  void reading_ofATime_namesItWhole() {
    assertEquals(
        "\"yesterday 18:00\" is 2026-11-26T18:00:00+01:00 (Europe/Berlin, from TZ)",
        time("yesterday 18:00", NOW).reading("TZ"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "g",
        "-1",
        "latest",
        "2026-11-27",
        "2026-13-01 10:00",
        "2026-02-30 10:00",
        "today 25:00",
        "today 9",
        "tomorrow 9:00",
        "2 weeks ago",
        "2h",
        "2026-11-27T18:00+19:00",
        "1234567890123456789"
      })
  void parse_somethingElse_saysWhatToWrite(String text) {
    var e = assertThrows(InvalidPointException.class, () -> parse(text));
    assertEquals(0, e.getMessage().indexOf("'" + text + "' is not a point"), e.getMessage());
  }

  @Test
  void parse_hourThatWasTwice_isRefusedWithBothReadings() {
    var e = assertThrows(InvalidPointException.class, () -> parse("2026-10-25 02:30"));
    assertEquals(
        "\"02:30\" happened twice on 25 October: 02:30+02:00 or 02:30+01:00; name one",
        e.getMessage());
    assertEquals(
        Duration.ofHours(1),
        Duration.between(
            time("2026-10-25 02:30+02:00", NOW).time(),
            time("2026-10-25 02:30+01:00", NOW).time()));
  }

  @Test
  void parse_hourThatNeverWas_isRefusedWithBothReadings() {
    var day = Instant.parse("2026-03-29T12:00:00Z");
    var e =
        assertThrows(InvalidPointException.class, () -> PointSpec.parse("today 2:30", BERLIN, day));
    assertEquals(
        "\"2:30\" was left out when the clocks changed on 29 March: 2:30+01:00 or 2:30+02:00; name"
            + " one",
        e.getMessage());
    assertEquals(Instant.parse("2026-03-29T01:30:00Z"), time("today 2:30+01:00", day).time());
  }
}
