package io.liteferry;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.SourceMessages.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Holds {@code messages.txt}, where a reviewer reads all that the agent says, to the source; and
 * what it says to plain English.
 */
final class MessagesTest {
  private static final Path LIST = Path.of("src/test/resources/messages.txt");
  private static final String REGENERATE =
      "./mvnw test -pl sync-agent -Dtest=MessagesTest -Dliteferry.messages=write";

  /** Texts that are not the agent's own words: class, text, and what it is. */
  private static final Map<String, String> NOT_MESSAGES =
      Map.of(
          "durable\\.Errno  .*", "the kernel's words",
          "cli\\.Main  text  (Java heap space|Requested array size .*)", "the JVM's words",
          "sqlite\\..*  text  (SELECT|PRAGMA|b\\.).*", "SQL",
          "sqlite\\..*  text  .*(\\(\\?:|\\.\\*|\\[\\^).*", "patterns of what SQLite says",
          "sqlite\\.DatabaseHeader  text  SQLite format 3.*|.*  text  liteferry-[a-z]+ \\d.*",
              "a heading of a file",
          "history\\.(Moments|PointSpec)  text  (\\(\\[|d MMMM).*", "forms of times",
          "agent\\.PassLog  text  no room", "a key",
          "publish\\..*  text  (corrupt|leaving|orphan|replaced) \\{}|.*  text  not ours", "keys",
          "health\\.(Health  text  text/|StatusPage  text  (<|default-src)).*",
              "a content type or markup",
          "cli\\.(AgentAnswers|HistoryOrderCommand)  text  (The state directory|A generation) .*",
              "descriptions of options and arguments");

  /** Classes whose texts are sentences, with a capital letter and perhaps a full stop. */
  private static final Map<String, String> SENTENCES =
      Map.ofEntries(
          entry("cli.Configuration", "speaks as picocli does of a wrong command line"),
          entry("cli.HelpModel", "a heading of the help"),
          entry("cli.HistoryCommand", "speaks as picocli does of a wrong command line"),
          entry("cli.HistoryText", "a last line of sentences, below a table"),
          entry("cli.LiteferryCommand", "speaks as picocli does of a wrong command line"),
          entry("cli.Unmatched", "speaks as picocli does of a wrong command line"),
          entry("health.Metrics", "descriptions of metrics"),
          entry("health.Condition", "headings of a page"),
          entry("health.Overview", "what to do, on a page"),
          entry("health.StatusPage", "a page"),
          entry("health.StatusMetrics", "descriptions of metrics"),
          entry("history.PointResolver", "answers in sentences, with what to type"),
          entry("lease.Reserve", "the content of a file"));

  private static final Pattern CAPITAL =
      Pattern.compile("(?:%n)?(?!(?:SQLite|Liteferry)\\b)\\p{Lu}\\p{Ll}.*");

  /** Phrases that hide who does what to what. */
  private static final List<Pattern> CROOKED =
      List.of(
          Pattern.compile("\\b(bears?|mend|travels?)\\b"),
          Pattern.compile(
              "\\b(is none|and none|(?<!there )is no (?!longer|room)\\w+|no \\w+ any ?more)\\b"),
          Pattern.compile("\\b(that one(?! \\w)|own accord|in order(?! to)|counts for nothing)\\b"),
          Pattern.compile("\\b(can|could|to) (not )?be (had|told)\\b"),
          Pattern.compile("\\balone\\b"), // only
          Pattern.compile(
              "\\bnot un(?!der)|\\b(nobody|none|nothing|never)\\b[^,;:|]*\\b(not|no|never)\\b"),
          Pattern.compile("^(\\{}|%s): (is|was|has|had|may|will)\\b")); // a colon after the subject

  private static final Set<Message> messages = new LinkedHashSet<>();

  @BeforeAll
  static void read() throws IOException {
    for (var message : SourceMessages.of(Path.of("src/main/java/io/liteferry"))) {
      if (NOT_MESSAGES.keySet().stream().noneMatch(message.toString()::matches)) {
        messages.add(message);
      }
    }
  }

  @Test
  void list_comparedWithTheSource_isUpToDate() throws IOException {
    if ("write".equals(System.getProperty("liteferry.messages"))) {
      Files.write(LIST, lines());
    }
    var listed = Files.readAllLines(LIST);
    var differences = new ArrayList<String>();
    lines().stream().filter(line -> !listed.contains(line)).forEach(l -> differences.add("+ " + l));
    listed.stream().filter(line -> !lines().contains(line)).forEach(l -> differences.add("- " + l));
    assertTrue(
        lines().equals(listed),
        () ->
            "%s is stale. To write it anew, run: %s%n%s%n"
                .formatted(LIST, REGENERATE, String.join("\n", differences)));
  }

  /** Class by class, with an empty line between two. */
  private static List<String> lines() {
    var lines = new ArrayList<String>();
    var place = "";
    for (var message : messages) {
      if (!place.isEmpty() && !place.equals(message.place())) {
        lines.add("");
      }
      place = message.place();
      lines.add(message.toString());
    }
    return lines;
  }

  @Test
  void everyMessage_read_isPlain() {
    var wrong = new ArrayList<String>();
    for (var message : messages) {
      CROOKED.stream()
          .filter(phrase -> phrase.matcher(message.text()).find())
          .forEach(phrase -> wrong.add("%s  (%s)".formatted(message, phrase)));
      if (message.isLogged() && message.text().matches("(?s).*[\\n\\t].*")) {
        wrong.add("%s  (more than one line)".formatted(message));
      }
      if (!SENTENCES.containsKey(message.place())) {
        if (message.text().matches("(?s).*\\.\\s*")) {
          wrong.add("%s  (full stop)".formatted(message));
        }
        if (CAPITAL.matcher(message.text()).lookingAt()) {
          wrong.add("%s  (capital letter)".formatted(message));
        }
      }
    }
    assertTrue(wrong.isEmpty(), () -> "say it plainly:\n" + String.join("\n", wrong) + "\n");
  }
}
