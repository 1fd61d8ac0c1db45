package io.liteferry.cli;

import com.google.gson.JsonObject;
import io.liteferry.durable.PortableName;
import java.util.ArrayList;

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
    var named = new ArrayList<String>();
    for (var element : answer.get("problems").getAsJsonArray()) {
      if (named.size() == MOST_NAMED) {
        break;
      }
      var problem = element.getAsJsonObject();
      named.add("%s (%s)".formatted(name(problem), problem.get("why").getAsString()));
    }
    int more = answer.get("problemCount").getAsInt() - named.size();
    return String.join(", ", named) + (more > 0 ? " and %d more".formatted(more) : "");
  }

  private static String name(JsonObject problem) {
    var path = problem.get("path").getAsString();
    return path.isEmpty() ? "the last changes" : PortableName.parse(path).toString();
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
            agent.has("unpublishedSince")
                ? "since " + agent.get("unpublishedSince").getAsString()
                : "nothing"));
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
    text.append(
        line(
            "succeeded",
            agent.has("lastSuccess") ? agent.get("lastSuccess").getAsString() : "not yet"));
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
      text.append(line("inotify", "not in use, changes are found by scanning alone"));
    }
    return text.toString();
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
