package io.liteferry.doctor;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.doctor.Finding.Verdict;
import io.liteferry.publish.Amount;
import java.util.List;
import java.util.Locale;

/**
 * All findings, in the order in which they are to be read.
 *
 * @param findings a line or two each
 */
public record Report(List<Finding> findings) {
  /** The subject of what is found only when an agent is at work. */
  static final String AGENT_AT_WORK = "agent";

  private static final int WIDTH = 100;
  private static final int INDENT = 19;

  public Report {
    findings = List.copyOf(findings);
  }

  /** Whether an agent can work. */
  public boolean isGood() {
    return count(Verdict.PROBLEM) == 0;
  }

  private long count(Verdict verdict) {
    return findings.stream().filter(finding -> finding.verdict() == verdict).count();
  }

  /** For programs. */
  public JsonObject toJson() {
    var json = new JsonObject();
    json.addProperty("problems", count(Verdict.PROBLEM));
    json.addProperty("warnings", count(Verdict.WARNING));
    json.addProperty("notes", count(Verdict.NOTE));
    var array = new JsonArray();
    for (var finding : findings) {
      var item = new JsonObject();
      item.addProperty("verdict", word(finding.verdict()));
      item.addProperty("subject", finding.subject());
      item.addProperty("text", finding.text());
      if (!finding.remedy().isEmpty()) {
        item.addProperty("remedy", finding.remedy());
      }
      array.add(item);
    }
    json.add("findings", array);
    return json;
  }

  /** For people: verdict, subject and text in columns, the remedy below, and a line to sum up. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (var finding : findings) {
      var head = "%-8s %-9s ".formatted(word(finding.verdict()), finding.subject());
      append(text, head, finding.text());
      if (!finding.remedy().isEmpty()) {
        append(text, " ".repeat(INDENT - 3) + "-> ", finding.remedy());
      }
    }
    return text.append(summary()).append('\n').toString();
  }

  private String summary() {
    return "%s, %s, %s: %s"
        .formatted(
            Amount.of(count(Verdict.PROBLEM), "problem"),
            Amount.of(count(Verdict.WARNING), "warning"),
            Amount.of(count(Verdict.NOTE), "note"),
            verdict());
  }

  private String verdict() {
    if (!isGood()) {
      return "correct the problems before you start an agent";
    }
    return findings.stream().anyMatch(finding -> finding.subject().equals(AGENT_AT_WORK))
        ? "nothing is in the way of the agent at work"
        : "an agent can be started";
  }

  private static void append(StringBuilder text, String head, String words) {
    var line = new StringBuilder(head);
    boolean isFirst = true;
    for (var word : words.split(" ", -1)) {
      if (!isFirst && line.length() + 1 + word.length() > WIDTH) {
        text.append(line).append('\n');
        line = new StringBuilder(" ".repeat(INDENT)).append(word);
      } else {
        line.append(isFirst ? "" : " ").append(word);
      }
      isFirst = false;
    }
    text.append(line).append('\n');
  }

  private static String word(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }
}
