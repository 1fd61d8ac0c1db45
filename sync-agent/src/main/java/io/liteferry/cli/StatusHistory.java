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
import java.util.OptionalLong;
import java.util.concurrent.Callable;

/**
 * What {@code status} says of a volume's history. To read it takes longer than all else, and it may
 * be closed to who may read the rest.
 *
 * @param facts empty when it could not be read
 * @param waiting bytes that no point needs, and that are still there; empty when to count them
 *     takes too long
 * @param why it could not
 */
record StatusHistory(Optional<HistoryFacts> facts, OptionalLong waiting, String why) {
  /** Reads it, as far as that goes. */
  static StatusHistory read(Path root, TimeLimit patience) throws Exception {
    return ask(
        () -> {
          var zone = TimeOptions.zoneOfProcess(System.getenv(TimeOptions.TZ));
          return HistoryFacts.of(History.read(new Volume(root.toRealPath())), zone);
        },
        StatusHistory::bytesToGo,
        patience);
  }

  /** Counts the bytes that wait to go. */
  @FunctionalInterface
  interface Waiting {
    long of(HistoryFacts facts) throws IOException;
  }

  static StatusHistory ask(Callable<HistoryFacts> reading, Waiting waiting, TimeLimit patience)
      throws Exception {
    try {
      var facts = patience.ask(reading);
      return new StatusHistory(Optional.of(facts), count(facts, waiting, patience), "");
    } catch (TimeLimit.Exceeded e) {
      return unread(e.getMessage() + ": liteferry history has no limit");
    } catch (IOException e) {
      return unread("cannot be read: " + Errno.describe(e));
    }
  }

  private static StatusHistory unread(String why) {
    return new StatusHistory(Optional.empty(), OptionalLong.empty(), why);
  }

  /** After a large thinning there is much to look at: all else is known by then. */
  private static OptionalLong count(HistoryFacts facts, Waiting waiting, TimeLimit patience)
      throws Exception {
    try {
      return OptionalLong.of(patience.ask(() -> waiting.of(facts)));
    } catch (TimeLimit.Exceeded e) {
      return OptionalLong.empty();
    }
  }

  /** A line for people. */
  String text() {
    return "history     %s%n"
        .formatted(facts.map(this::text).orElseGet(() -> LogSetup.oneLine(why)));
  }

  private static long bytesToGo(HistoryFacts facts) throws IOException {
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
            + (waiting.orElse(0) == 0
                ? ""
                : ", %s to go".formatted(Amount.ofBytes(waiting.getAsLong())));
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
    waiting.ifPresent(bytes -> json.addProperty("waitingBytes", bytes));
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
