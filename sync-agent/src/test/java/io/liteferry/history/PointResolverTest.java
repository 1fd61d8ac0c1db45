package io.liteferry.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PointResolverTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Instant NOW = Instant.parse("2026-11-27T17:45:00Z");

  private final List<RecordHeader> records = new ArrayList<>();
  private List<Long> unreadable = List.of();
  private Point current = point(3, "2026-11-01T08:12:00Z", CheckLevel.FULL);

  private static Point point(long generation, String time, CheckLevel checked) {
    return new Point(
        generation,
        1,
        Instant.parse(time),
        Optional.empty(),
        "p",
        checked,
        Optional.empty(),
        List.of());
  }

  PointResolverTest() {
    // 4 to 84 go one after the other; of 98, the passes from 86 on
    published(85, 80, "2026-11-24T10:00:00Z", "2026-11-26T16:59:31Z", CheckLevel.FULL);
    published(98, 12, "2026-11-26T17:10:00Z", "2026-11-26T17:40:02Z", CheckLevel.QUICK);
    published(131, 0, "2026-11-27T17:42:10Z", "2026-11-27T17:42:10Z", CheckLevel.NONE);
  }

  private void published(
      long generation, int thinned, String replaced, String time, CheckLevel checked) {
    var made = point(generation, time, checked);
    records.add(new RecordHeader("v", made, current, thinned, Instant.parse(replaced), List.of()));
    current = made;
  }

  private long resolve(String text, boolean nearest) throws PointRefusedException {
    var timeline = new Timeline(records, unreadable, current);
    var resolver = new PointResolver(timeline, new Moments(BERLIN, NOW));
    return resolver.resolve(PointSpec.parse(text, BERLIN, NOW), nearest).generation();
  }

  private String refusal(String text) {
    return assertThrows(PointRefusedException.class, () -> resolve(text, false)).getMessage();
  }

  @ParameterizedTest
  @CsvSource({
    "131, 131",
    "g85, 85",
    "last-checked, 85",
    "1m ago, 131",
    "2026-11-27T17:42:10Z, 131",
    "today 12:00, 98", // nothing between 98 and 131 was thinned
    "yesterday 17:59:31, 85",
    "yesterday 18:05, 85", // the first that was thinned came later
    "2026-11-01 09:12, 3"
  })
  void resolve_kept_isTheLastPointUntilThen(String text, long expected)
      throws PointRefusedException {
    assertEquals(expected, resolve(text, false));
  }

  @Test
  void resolve_thinnedTime_namesTheNearest() throws PointRefusedException {
    assertEquals(
        """
        no point is kept from then. Nearest: 85 (yesterday 17:59:31, 15 min before) and 98 \
        (yesterday 18:40:02, 25 min after); 12 in between were thinned.
        Use --at 85, --at 98, or --nearest.\
        """,
        refusal("yesterday 18:15"));
    assertEquals(85, resolve("yesterday 18:15", true));
    assertEquals(98, resolve("yesterday 18:30", true));
  }

  /** When that was is not believed, so any time since the point before may be meant. */
  @Test
  void resolve_replacedByAWrongClock_isThinned() {
    records.clear();
    published(140, 1, "2027-11-26T17:10:00Z", "2026-11-27T17:43:10Z", CheckLevel.NONE);
    assertEquals(
        """
        no point is kept from then. Nearest: 131 (today 18:42:10, 20 s before) and 140 \
        (today 18:43:10, 40 s after); 1 in between was thinned.
        Use --at 131, --at 140, or --nearest.\
        """,
        refusal("2026-11-27T17:42:30Z"));
  }

  /** As each pass but the last one of a rollback. */
  @Test
  void resolve_generationOfAPassThatWasNotCompleted_isNotSaidToBeThinned() {
    assertTrue(
        refusal("100").startsWith("100 is not a point: its pass was not completed. Nearest: 98"));
  }

  @Test
  void resolve_thinnedGeneration_namesTheNearest() throws PointRefusedException {
    assertEquals(
        """
        point 90 was thinned. Nearest: 85 (yesterday 17:59:31) and 98 (yesterday 18:40:02).
        Use --at 85, --at 98, or --nearest.\
        """,
        refusal("90"));
    assertEquals(85, resolve("90", true));
  }

  @Test
  void resolve_future_isRefused() {
    assertEquals(
        "2026-11-27T23:00+01:00 lies in the future: it is today 18:45:00. Name an earlier time.",
        refusal("today 23:00"));
  }

  @Test
  void resolve_generationThatIsNotYet_namesTheNewest() {
    assertEquals(
        "there is no point 140: the newest is 131 (today 18:42:10). Use --at 131.", refusal("140"));
  }

  @ParameterizedTest
  @CsvSource({"2", "2026-10-01 10:00"})
  void resolve_beforeTheFirst_namesIt(String text) throws PointRefusedException {
    assertEquals(
        "there is no point before 1 November 09:12 (g3). Use --at 3, or a later time.",
        refusal(text));
    assertEquals(3, resolve(text, true));
  }

  @Test
  void resolve_recordsAreDamaged_saysWhere() {
    unreadable = List.of(98L);
    records.removeIf(r -> r.generation() == 98);
    assertEquals(
        "there is no point before yesterday 18:40:02 (g98), as the record of 98 cannot be read:"
            + " liteferry verify --history says why. Use --at 98, or a later time.",
        refusal("yesterday 18:00"));
    unreadable = List.of(132L);
    assertEquals(
        "no point is readable, as the record of 132 cannot be read: liteferry verify --history says"
            + " why",
        refusal("131"));
  }

  @Test
  void resolve_nothingWasChecked_isRefused() {
    records.removeIf(r -> r.generation() != 131);
    assertEquals(
        "no point that is kept passed the full check. liteferry history shows what each passed:"
            + " name one.",
        refusal("last-checked"));
  }

  /** Each point that is listed can be had by what it is listed with. */
  @Test
  void resolve_eachPoint_byItsNumberAndItsTime() throws PointRefusedException {
    for (var point : new Timeline(records, unreadable, current).points()) {
      assertEquals(point.generation(), resolve("g" + point.generation(), false));
      assertEquals(point.generation(), resolve(point.time().toString(), false));
    }
  }

  @ParameterizedTest
  @CsvSource({"29, 29 s", "60, 1 min", "-2400, 40 min", "68400, 19 h", "260000, 3 days"})
  void length_ofATime_isRoughly(long seconds, String expected) {
    assertEquals(expected, Moments.length(Duration.ofSeconds(seconds)));
  }

  @Test
  void of_times_areSeenFromNow() {
    var moments = new Moments(BERLIN, NOW);
    assertEquals("today 00:00:00", moments.of(Instant.parse("2026-11-26T23:00:00Z")));
    assertEquals("yesterday 23:59:59", moments.of(Instant.parse("2026-11-26T22:59:59Z")));
    assertEquals("3 December 2025 09:12", moments.of(Instant.parse("2025-12-03T08:12:00Z")));
    var untrusted = new KeptPoint(current, NOW, false, Optional.empty());
    assertEquals("~today 18:45:00", moments.of(untrusted));
  }
}
