package io.liteferry.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.liteferry.durable.PortableName;
import io.liteferry.publish.Amount;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** What a running agent says, for people. */
final class AgentAnswers {
  /** Of an option. */
  static final String STATE =
      "The state directory of the agent to ask. Default: LOCAL with '.liteferry' added to its"
          + " name.";

  private static final int MOST_NAMED = 20;

  private AgentAnswers() {}

  /** The names of what cannot be published, with the reasons. */
  static String problems(JsonObject answer) {
    var named =
        answer.get("problems").getAsJsonArray().asList().stream()
            .map(JsonElement::getAsJsonObject)
            .map(one -> "%s (%s)".formatted(name(one), one.get("why").getAsString()));
    return Amount.some(named, MOST_NAMED, answer.get("problemCount").getAsInt());
  }

  private static String name(JsonObject problem) {
    var path = problem.get("path").getAsString();
    return nameOf(path.isEmpty() ? Path.of("") : PortableName.parse(path));
  }

  /** Of what is not published. */
  static String nameOf(Path path) {
    return path.toString().isEmpty() ? "the last changes" : path.toString();
  }

  /** The lines of {@code status}, each with a line break. */
  static String text(JsonObject agent) {
    var text = new StringBuilder();
    if (!agent.get("running").getAsBoolean()) {
      return line("agent", agent.get("why").getAsString());
    }
    text.append(
        line(
            "agent",
            "%s, version %s, process %d"
                .formatted(
                    agent.get("phase").getAsString(),
                    agent.get("version").getAsString(),
                    agent.get("pid").getAsLong())));
    if (!agent.has("problems")) {
      return text.toString(); // it restores
    }
    text.append(
        line(
            "unpublished",
            time(agent, "unpublishedSince").map(since -> "since " + since).orElse("nothing")));
    if (agent.has("failure")) {
      text.append(line("failure", agent.get("failure").getAsString()));
    }
    for (var element : agent.get("problems").getAsJsonArray()) {
      var problem = element.getAsJsonObject();
      text.append(
          line("problem", "%s: %s".formatted(name(problem), problem.get("why").getAsString())));
    }
    int more = agent.get("problemCount").getAsInt() - agent.get("problems").getAsJsonArray().size();
    if (more > 0) {
      text.append(line("problem", more + " more"));
    }
    text.append(line("succeeded", time(agent, "lastSuccess").orElse("not yet")));
    if (agent.has("passMillis")) {
      text.append(
          line(
              "pass", "under way for %.1f s".formatted(agent.get("passMillis").getAsLong() / 1e3)));
    }
    long backoff = agent.get("backoffMillis").getAsLong();
    if (backoff > 0) {
      text.append(line("backoff", "%.1f s after the last pass".formatted(backoff / 1e3)));
    }
    text.append(line("reachable", agent.get("volumeUp").getAsBoolean() ? "yes" : "NO"));
    text.append(line("lease held", leaseHeld(agent)));
    if (!agent.get("watching").getAsBoolean()) {
      text.append(line("inotify", "not in use: the agent finds changes only by scanning"));
    }
    return text.toString();
  }

  private static Optional<String> time(JsonObject agent, String member) {
    return Optional.ofNullable(agent.get(member))
        .map(time -> Output.time(Instant.parse(time.getAsString())));
  }

  private static String leaseHeld(JsonObject agent) {
    if (agent.get("fenced").getAsBoolean()) {
      return "NO, another agent has taken the volume over";
    }
    return agent.get("leaseHeld").getAsBoolean() ? "yes" : "not confirmed lately";
  }

  private static String line(String what, String value) {
    return "%-11s %s\n".formatted(what, LogSetup.oneLine(value));
  }
}
