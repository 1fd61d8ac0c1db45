package io.liteferry.cli;

import com.google.gson.JsonObject;
import io.liteferry.control.Inquiry;
import io.liteferry.control.NoAgentException;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.PointRefusedException;
import io.liteferry.lease.LeaseView;
import io.liteferry.lease.VolumeException;
import io.liteferry.past.History;
import io.liteferry.volume.HistoryKeeper;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.HistoryRefusedException;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A command that changes a volume's history: by the agent that has the volume, where one answers,
 * else with a lease of its own.
 */
abstract class HistoryOrderCommand extends Subcommand {
  private static final Logger log = LoggerFactory.getLogger(HistoryOrderCommand.class);

  static final String POINT =
      "A generation as 131, last-checked, or a time as \"yesterday 18:00\" or \"2h ago\".";

  @Parameters(index = "0", paramLabel = "VOLUME", description = "The durable directory.")
  Path volume = Path.of("");

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "The state directory of the running agent, which then does it.")
  @Nullable Path state;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "1m",
      converter = Converters.Timeouts.class,
      description = "Give up waiting after this long. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofMinutes(1);

  @Mixin LeaseDurations lease = new LeaseDurations();
  @Mixin TimeOptions times = new TimeOptions();

  /** Checks the command line, and reads the history. */
  final History history() throws BadPathException, IOException {
    lease.check(commandLine());
    var before = commandLine().getParent().getParseResult();
    if (!before.matchedPositionals().isEmpty() || !before.matchedOptions().isEmpty()) {
      throw misused(
          "'%s' takes all after its name; a path of that name is given as ./%s"
              .formatted(
                  CommandTree.name(commandLine().getCommandSpec()),
                  commandLine().getCommandName()));
    }
    return TimeOptions.history(volume);
  }

  /** Finds the point that a text names. */
  final KeptPoint point(History history, String text) throws PointRefusedException {
    return times.resolve(history, times.read(this, text));
  }

  /** How a point is named. */
  final String named(KeptPoint point) {
    return "%d (%s)".formatted(point.generation(), times.moments().of(point));
  }

  /**
   * Has an order carried out.
   *
   * @return empty when nobody knows whether it was; why has been said
   */
  final Optional<HistoryKeeper.Done> carryOut(History history, HistoryOrder order)
      throws IOException, InterruptedException, BadPathException {
    var root = Argument.VOLUME.readable(volume);
    var id = history.volumeId().orElseThrow(() -> StatusCommand.notOurs(root));
    var asked = state;
    if (asked != null && Files.exists(asked)) {
      try {
        return answered(Inquiry.history(Argument.STATE.readable(asked), id, order, timeout));
      } catch (NoAgentException e) {
        if (!e.isNobody()) {
          throw e;
        }
      }
    }
    Argument.VOLUME.requireWritable(root);
    return Optional.of(withLease(new Volume(root), id, order));
  }

  private void sayHowAnAgentDoesIt(Volume on) throws IOException {
    if (state == null && new LeaseView(on.own()).holder().filter(h -> !h.released()).isPresent()) {
      log.info("if an agent has the volume, add --state with its state directory: it does this");
    }
  }

  private Optional<HistoryKeeper.Done> answered(JsonObject answer)
      throws HistoryRefusedException, BadPathException {
    var result = answer.get("result").getAsString();
    var why = answer.has("why") ? answer.get("why").getAsString() : "";
    switch (result) {
      case "done" -> {
        return Optional.of(
            new HistoryKeeper.Done(
                answer.get("count").getAsInt(), answer.get("freed").getAsLong()));
      }
      case "refused" -> throw new BadPathException(ExitCode.REFUSED, why);
      case "failed" -> throw new BadPathException(ExitCode.VOLUME_UNAVAILABLE, why);
      case "restoring" ->
          throw new BadPathException(
              ExitCode.REFUSED, "the agent is still restoring: ask again when it is ready");
      default -> {
        var unknown =
            result.equals("timeout")
                ? "the agent did not get to its end within %d s".formatted(timeout.toSeconds())
                : "the agent ended meanwhile, " + why;
        Main.fail(
            "NOT known to be done: %s; liteferry history shows it".formatted(unknown),
            ExitCode.INCOMPLETE);
        return Optional.empty();
      }
    }
  }

  private HistoryKeeper.Done withLease(Volume on, String id, HistoryOrder order)
      throws IOException, InterruptedException, BadPathException {
    sayHowAnAgentDoesIt(on);
    var held =
        lease.acquire(
            on, "history/", timeout, "; or run this where that agent runs, with its --state");
    try {
      return HistoryKeeper.of(on, id, held.staging())
          .carryOut(order)
          .orElseThrow(
              () ->
                  new HistoryRefusedException(
                      "the last pass on the volume %s was cut off".formatted(on.root()),
                      "start the agent first, which completes it"));
    } catch (HistoryRefusedException e) {
      throw e;
    } catch (IOException e) {
      throw VolumeException.of(on.root(), e);
    } finally {
      held.release();
    }
  }
}
