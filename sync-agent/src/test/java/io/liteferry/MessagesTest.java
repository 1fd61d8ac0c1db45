package io.liteferry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.liteferry.SourceMessages.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds {@code messages.txt}, where a reviewer reads all that the agent says, to the source. */
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
          "sqlite\\.DatabaseHeader  text  SQLite format 3.*", "a heading of a file",
          "state\\..*  text  liteferry-[a-z]+ 1 ?", "a heading of a file",
          "health\\.Health  text  text/plain; .*", "a content type",
          "cli\\.AgentAnswers  text  The state directory .*", "in docs/configuration.md");

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
    assertEquals(
        lines(),
        listed,
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
}
