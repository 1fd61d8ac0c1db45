package io.liteferry.cli;

import com.google.gson.JsonObject;
import io.liteferry.control.Inquiry;
import io.liteferry.publish.Amount;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Passes of the running agent, now. */
@Command(
    name = "flush",
    description =
        "Ask the agent on LOCAL to publish now, and wait until all that LOCAL has at this moment"
            + " is on the volume.")
final class FlushCommand extends Subcommand {
  @Parameters(
      index = "0",
      paramLabel = "LOCAL",
      description = "The node-local directory in which the application works.")
  Path local = Path.of("");

  @Option(names = "--state", paramLabel = "DIR", description = AgentAnswers.STATE)
  @Nullable Path state;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "1m",
      converter = Converters.Timeouts.class,
      description = "Give up waiting after this long. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofMinutes(1);

  @Override
  public Integer call() throws Exception {
    var real = Argument.LOCAL.readable(local);
    var asked = Directories.existingState(Optional.of(real), Optional.ofNullable(state));
    var answer = Inquiry.flush(asked, real, timeout);
    var result = answer.get("result").getAsString();
    if (result.equals("published")) {
      print(published(answer));
      return ExitCode.OK.code;
    }
    return Main.fail(
        switch (result) {
          case "incomplete" -> "NOT on the volume: " + AgentAnswers.problems(answer);
          case "timeout" ->
              "NOT known to be on the volume after %d s, still waiting for %s%s"
                  .formatted(
                      timeout.toSeconds(),
                      answer.get("waitingFor").getAsString(),
                      answer.get("problemCount").getAsInt() == 0
                          ? ""
                          : ": " + AgentAnswers.problems(answer));
          case "restoring" ->
              "the agent is still restoring %s, there is nothing to flush: ask again when it is"
                      .formatted(real)
                  + " ready";
          default ->
              "NOT known to be on the volume: the agent ended meanwhile, %s"
                  .formatted(answer.has("why") ? answer.get("why").getAsString() : result);
        },
        ExitCode.INCOMPLETE);
  }

  private static String published(JsonObject answer) {
    int held = answer.get("held").getAsInt();
    return "everything is on the volume, generation %d%s"
        .formatted(
            answer.get("generation").getAsLong(),
            held == 0 ? "" : "; %s held back".formatted(Amount.of(held, "deletion")));
  }
}
