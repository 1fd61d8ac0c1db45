package io.liteferry.health;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.liteferry.agent.AgentStatus;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.Problem;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The page and its JSON. What a browser makes of it is for {@code test/page/test.sh}. */
final class StatusPageTest {
  private static final Path DOCUMENT = Path.of("../docs/status-page.md");
  private static final Path SAMPLES = Path.of("target/page");
  private static final Duration MOST_LAG = Duration.ofMinutes(5);
  private static final List<String> HOSTILE =
      List.of(
          "</td><script>alert(1)</script>.db",
          "\"'><img src=x onerror=alert(1)>&amp;.db",
          "%s%1$s{0}.db",
          "abc\u202Egnp.db",
          "one\ntwo\u001b[31m.db",
          "\uD83C\uDF72 Rezepte \u05D0\u05D1.db",
          "long".repeat(60) + ".db");

  private Instant now = Instant.parse("2026-11-28T12:00:00Z");

  private final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return now;
        }

        @Override
        public ZoneId getZone() {
          return ZoneId.of("Europe/Berlin");
        }

        @Override
        public Clock withZone(ZoneId zone) {
          throw new UnsupportedOperationException();
        }
      };

  private Overviews overviews(boolean names) {
    return new Overviews(new Health.Build("1.2.3", "abcdef"), MOST_LAG, clock, names);
  }

  private static PassReport report(long bytes, Map<Path, Problem.Kind> problems) {
    var all = new TreeMap<Path, Problem>();
    problems.forEach((path, kind) -> all.put(path, new Problem(kind, "at /secret/path: why")));
    return new PassReport(17, 1, 1, 0, bytes, false, all, Set.of(), 0, Optional.empty());
  }

  private static String html(Overview overview) {
    return new StatusPage(overview).html();
  }

  private static Document parsed(String html) throws Exception {
    var factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    return factory.newDocumentBuilder().parse(new ByteArrayInputStream(html.getBytes(UTF_8)));
  }

  private static Stream<Element> elements(Document page, String name) {
    NodeList found = page.getElementsByTagNameNS("*", name);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i));
  }

  /** Every three hours of four weeks, then every second minute of an hour. */
  private List<Instant> times() {
    var old = IntStream.range(0, 20).mapToObj(i -> now.minus(Duration.ofHours(700 - 35L * i)));
    var recent = IntStream.range(0, 12).mapToObj(i -> now.minus(Duration.ofMinutes(60 - 5L * i)));
    return Stream.concat(old, recent).toList();
  }

  @Test
  void html_hostileNames_areTextAndShort() throws Exception {
    var overviews = overviews(true);
    var problems = new TreeMap<Path, Problem.Kind>();
    HOSTILE.forEach(name -> problems.put(Path.of(name), Problem.Kind.UNREADABLE));
    overviews.passEnded(Optional.of(report(1, problems)), Optional.empty());
    var overview =
        overviews.now(Optional.of(Statuses.with(Optional.empty(), HOSTILE, List.of(now))));
    var html = html(overview);
    var page = parsed(html);
    assertEquals(0, elements(page, "script").count() + elements(page, "img").count());
    var names = elements(page, "bdi").map(Element::getTextContent).toList();
    assertEquals(HOSTILE.size(), names.size());
    assertTrue(names.contains("</td><script>alert(1)</script>.db"), names::toString);
    assertTrue(names.contains("%s%1$s{0}.db"), names::toString);
    assertTrue(names.contains("abc\\u202egnp.db"), names::toString);
    assertTrue(names.contains("one\\u000atwo\\u001b[31m.db"), names::toString);
    assertTrue(names.stream().allMatch(name -> name.length() <= 101), names::toString);
    var json = JsonParser.parseString(overview.json()).getAsJsonObject();
    assertEquals(
        names,
        json.getAsJsonArray("databases").asList().stream()
            .map(d -> d.getAsJsonObject().get("name").getAsString())
            .toList());
  }

  @Test
  void both_withoutNames_haveNoneAndNoPaths() {
    var overviews = overviews(false);
    var kinds = Problem.Kind.values();
    var problems = new TreeMap<Path, Problem.Kind>(Map.of(Path.of(""), kinds[0]));
    IntStream.range(0, HOSTILE.size())
        .forEach(i -> problems.put(Path.of(HOSTILE.get(i)), kinds[i]));
    overviews.passEnded(Optional.of(report(1, problems)), Optional.empty());
    var overview =
        overviews.now(Optional.of(Statuses.with(Optional.empty(), HOSTILE, List.of(now))));
    for (var text : List.of(html(overview), overview.json())) {
      assertTrue(text.contains("database 7"), text);
      for (var part : List.of("alert", "gnp", "Rezepte", "longlong", "u000atwo", "secret")) {
        assertFalse(text.contains(part), () -> part + " in " + text);
      }
    }
  }

  @Test
  void both_tenThousandPointsAndFiveHundredDatabases_areBounded() throws Exception {
    var points =
        IntStream.range(0, 10_000).mapToObj(i -> now.minusSeconds(600_000 - 60L * i)).toList();
    var names = IntStream.range(0, 500).mapToObj("%03d.db"::formatted).toList();
    var overviews = overviews(true);
    var problems = new TreeMap<Path, Problem.Kind>();
    IntStream.range(0, 10_000).forEach(i -> problems.put(Path.of("f" + i), Problem.Kind.REFUSED));
    overviews.passEnded(Optional.of(report(1, problems)), Optional.empty());
    var status = Statuses.with(Optional.empty(), names, points);
    for (int i = 0; i < 2 * Overviews.MOST_SAMPLES; i++) {
      now = now.plus(Overviews.SAMPLE_EVERY);
      overviews.sample(status);
    }
    var overview = overviews.now(Optional.of(status));
    assertEquals(Overviews.MOST_SAMPLES, overview.samples().size());
    var html = html(overview);
    assertTrue(html.length() < 80_000, () -> "" + html.length());
    assertTrue(overview.json().length() < 80_000, () -> "" + overview.json().length());
    assertEquals(180, elements(parsed(html), "tr").count() - 2);
    assertTrue(html.contains("9920 more: ") && html.contains("400 more: "), html);
    assertTrue(html.contains("9995 more: refused."), html);
  }

  @Test
  void page_anyCondition_isWellFormedAndLoadsNothing() throws Exception {
    var seen = new TreeSet<Condition>();
    for (Supplier<Optional<AgentStatus>> status :
        List.<Supplier<Optional<AgentStatus>>>of(
            Optional::empty,
            () -> Optional.of(Statuses.well()),
            () -> Optional.of(Statuses.empty()),
            () -> Optional.of(Statuses.fenced()),
            () -> Optional.of(Statuses.stuck()),
            () -> Optional.of(Statuses.lagging(Duration.ofSeconds(3))),
            () -> Optional.of(Statuses.lagging(MOST_LAG.plusSeconds(1))))) {
      var overview = overviews(false).now(status.get());
      seen.add(overview.condition());
      var html = html(overview);
      var page = parsed(html);
      assertTrue(html.startsWith("<!DOCTYPE html>"));
      var all = page.getElementsByTagName("*");
      for (int i = 0; i < all.getLength(); i++) {
        var element = (Element) all.item(i);
        assertFalse(element.hasAttribute("style") || element.hasAttribute("src"), html);
        assertFalse(
            element.getAttribute("href").contains("//") && !element.getTagName().equals("link"));
      }
      assertEquals(
          overview.condition().headline,
          elements(page, "h1").findFirst().orElseThrow().getTextContent());
      var style = elements(page, "style").findFirst().orElseThrow().getTextContent();
      var digest = MessageDigest.getInstance("SHA-256").digest(style.getBytes(UTF_8));
      var hash = "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
      assertTrue(StatusPage.POLICY.contains(hash), StatusPage.POLICY);
    }
    assertEquals(new TreeSet<>(List.of(Condition.values())), seen);
  }

  @Test
  void since_conditionsThatAreOk_countAsOne() {
    var overviews = overviews(false);
    var begun = now;
    assertEquals(begun, overviews.now(Optional.empty()).since());
    now = now.plusSeconds(60);
    assertEquals(now, overviews.now(Optional.of(Statuses.well())).since());
    now = now.plusSeconds(60);
    var lagging = overviews.now(Optional.of(Statuses.lagging(Duration.ofSeconds(3))));
    assertEquals(begun.plusSeconds(60), lagging.since());
    assertEquals(Optional.of(now.minusSeconds(3)), lagging.safeUpTo());
    now = now.plusSeconds(60);
    var problems = Map.of(Path.of("a.db"), Problem.Kind.CHECK_FAILED);
    overviews.passEnded(Optional.of(report(1, problems)), Optional.empty());
    var bad = overviews.now(Optional.of(Statuses.well()));
    assertEquals(Condition.ATTENTION, bad.condition());
    assertEquals(now, bad.since());
    assertEquals("1 file: check failed.", bad.attention().getFirst().what());
    overviews.passEnded(Optional.empty(), Optional.empty()); // failed as a whole
    assertEquals(Condition.ATTENTION, overviews.now(Optional.of(Statuses.well())).condition());
    var busy = Map.of(Path.of("a.db"), Problem.Kind.LOCKED);
    overviews.passEnded(Optional.of(report(1, busy)), Optional.empty());
    assertTrue(overviews.now(Optional.of(Statuses.well())).condition().ok);
  }

  @Test
  void sample_minute_hasItsLongestLagAndAllBytes() {
    var overviews = overviews(false);
    overviews.passEnded(Optional.of(report(1_000, Map.of())), Optional.of(Duration.ofSeconds(9)));
    overviews.passEnded(Optional.of(report(500, Map.of())), Optional.of(Duration.ofSeconds(2)));
    overviews.sample(Statuses.well());
    overviews.sample(Statuses.lagging(Duration.ofSeconds(70)));
    assertEquals(
        List.of(
            new Overview.Sample(now.getEpochSecond(), 9, 1_500, 8_192),
            new Overview.Sample(now.getEpochSecond(), 70, 0, 8_192)),
        overviews.now(Optional.empty()).samples());
  }

  @Test
  void json_everyMember_isDocumented() throws Exception {
    var document = Files.readString(DOCUMENT);
    var overview = sample(true);
    var members = new TreeSet<String>();
    addMembers(JsonParser.parseString(overview.json()), members);
    members.removeIf(member -> document.contains("`" + member + "`"));
    assertEquals(Set.of(), members);
    for (var condition : Condition.values()) {
      assertTrue(document.contains("`" + condition.text() + "`"), condition.text());
    }
  }

  private static void addMembers(JsonElement json, Set<String> members) {
    if (json instanceof JsonObject object) {
      object
          .asMap()
          .forEach(
              (name, value) -> {
                members.add(name);
                addMembers(value, members);
              });
    } else if (json.isJsonArray()) {
      json.getAsJsonArray().forEach(item -> addMembers(item, members));
    }
  }

  /** For the tests in a browser, and for people: six hours of a household. */
  @Test
  void samples_forTheBrowser_areWritten() throws Exception {
    Files.createDirectories(SAMPLES);
    Files.writeString(SAMPLES.resolve("policy"), StatusPage.POLICY);
    Files.writeString(SAMPLES.resolve("well.html"), html(sample(false)));
    Files.writeString(SAMPLES.resolve("hand.html"), html(sample(true)));
    assertNotEquals(0, Files.size(SAMPLES.resolve("well.html")));
  }

  private Overview sample(boolean bad) {
    var overviews = overviews(true);
    var names = List.of("photos/index.db", "recipes.db", "todo/lists.sqlite", "users.db");
    var status = Statuses.with(Optional.empty(), names, times());
    var end = now;
    for (int i = 340; i >= 0; i--) {
      now = end.minus(Overviews.SAMPLE_EVERY.multipliedBy(i));
      double busy = Math.max(0, Math.sin(i / 55.0)) * (1 + i * 37 % 11);
      long lag = Math.round(300 + 700 * busy) + (i > 150 && i < 162 ? 1_000L * 12 * (162 - i) : 0);
      overviews.passEnded(
          Optional.of(report(Math.round(9_000 * busy * (1 + i % 5)), Map.of())),
          Optional.of(Duration.ofMillis(lag)));
      overviews.sample(status);
    }
    if (bad) {
      var problems =
          Map.of(
              Path.of("todo/lists.sqlite"), Problem.Kind.CHECK_FAILED,
              Path.of("recipes.db"), Problem.Kind.LOCKED);
      overviews.passEnded(Optional.of(report(0, problems)), Optional.empty());
      overviews.sample(status);
      now = now.plus(Duration.ofMinutes(4));
      return overviews.now(
          Optional.of(Statuses.with(Optional.of(Duration.ofMinutes(4)), names, times())));
    }
    return overviews.now(Optional.of(status));
  }
}
