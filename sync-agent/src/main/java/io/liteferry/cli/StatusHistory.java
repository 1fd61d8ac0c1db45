package io.liteferry.cli;

import com.google.gson.JsonObject;
import io.liteferry.doctor.TimeLimit;
import io.liteferry.durable.Errno;
import io.liteferry.history.KeptPoint;
import io.liteferry.history.Reason;
import io.liteferry.past.History;
import io.liteferry.publish.Amount;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code status} says of a volume's history. To read it takes longer than all else, and it may
 * be closed to who may read the rest.
 *
 * @param facts empty when it could not be read
 * @param waiting bytes that no point needs, and that are still there
 * @param why it could not
 */
record StatusHistory(Optional<HistoryFacts> facts, long waiting, String why) {
  /** Reads it, as far as that goes. */
  static StatusHistory read(Path root, TimeLimit patience) throws Exception {
    try {
      var zone = TimeOptions.zoneOfProcess(System.getenv(TimeOptions.TZ));
      var facts =
          patience.ask(() -> HistoryFacts.of(History.read(new Volume(root.toRealPath())), zone));
      return new StatusHistory(Optional.of(facts), patience.ask(() -> waiting(facts)), "");
    } catch (TimeLimit.Exceeded e) {
      return new StatusHistory(
          Optional.empty(), 0, e.getMessage() + ": liteferry history has no limit");
    } catch (IOException e) {
      return new StatusHistory(Optional.empty(), 0, "cannot be read: " + Errno.describe(e));
    }
  }

  /** A line for people. */
  String text() {
    return "history     %s%n"
        .formatted(facts.map(this::text).orElseGet(() -> LogSetup.oneLine(why)));
  }

  private static long waiting(HistoryFacts facts) throws IOException {
    return facts.history().orphans().values().stream().mapToLong(Long::longValue).sum();
  }

  private String text(HistoryFacts facts) {
    var since = facts.points().stream().findFirst().map(KeptPoint::time).map(Output::time);
    var text =
        "%s%s, %s of %s"
                .formatted(
                    Amount.of(facts.points().size(), "point"),
                    since.map(time -> " since " + time).orElse(""),
                    Amount.ofBytes(facts.usage().bytes()),
                    Amount.ofBytes(facts.budget()))
            + (waiting == 0 ? "" : ", %s to go".formatted(Amount.ofBytes(waiting)));
    int pins = accidentPins(facts);
    return pins == 0 ? text : text + ", %s pinned for 7 days".formatted(Amount.of(pins, "point"));
  }

  /** The same for programs. */
  JsonObject json() {
    var json = new JsonObject();
    if (facts.isEmpty()) {
      json.addProperty("why", why);
      return json;
    }
    var known = facts.get();
    json.addProperty("points", known.points().size());
    known.points().stream()
        .findFirst()
        .ifPresent(point -> json.addProperty("oldest", point.time().toString()));
    json.addProperty("bytes", known.usage().bytes());
    json.addProperty("waitingBytes", waiting);
    json.addProperty("budgetBytes", known.budget());
    json.addProperty("accidentPins", accidentPins(known));
    return json;
  }

  private static int accidentPins(HistoryFacts facts) {
    return (int)
        facts.points().stream()
            .filter(point -> facts.reasons(point.generation()).contains(Reason.ACCIDENT))
            .count();
  }
}
