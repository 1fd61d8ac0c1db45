package io.liteferry.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.agent.Agent;
import io.liteferry.agent.AgentStatus;
import io.liteferry.agent.FlushResult;
import io.liteferry.agent.OrderResult;
import io.liteferry.durable.PortableName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** What is answered to which request. Documented in {@code docs/on-disk-format.md}. */
final class Answers {
  static final int FORMAT = 1;

  /** How many names an answer has at most; it says how many there are. */
  static final int MOST_NAMED = 100;

  private static final Duration LOOK_AFTER_CLIENT = Duration.ofMillis(250);
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);

  private final Path local;
  private final String version;
  private final Clock clock;
  private volatile Optional<Agent> agent = Optional.empty();

  Answers(Path local, String version, Clock clock) {
    this.local = local;
    this.version = version;
    this.clock = clock;
  }

  void began(Agent running) {
    agent = Optional.of(running);
  }

  /**
   * Answers one request; one that is waited for when it is over.
   *
   * @param abandoned whether nobody waits for the answer any more
   */
  JsonObject to(JsonObject request, BooleanSupplier abandoned)
      throws IOException, InterruptedException {
    try {
      int format = request.get("format").getAsInt();
      if (format > FORMAT) {
        return error(
            "the request has format %d, this agent knows formats up to %d"
                .formatted(format, FORMAT));
      }
      if (request.has("local") && !request.get("local").getAsString().equals(identity(local))) {
        return error("the agent that uses this state directory works on " + local);
      }
      var kind = request.get("request").getAsString();
      return switch (kind) {
        case "status" -> status();
        case "flush" -> flush(timeout(request), abandoned);
        case "history" -> history(request, abandoned);
        default ->
            error("there is no request '%s': ask for status, flush or history".formatted(kind));
      };
    } catch (NullPointerException
        | IllegalStateException
        | IllegalArgumentException
        | UnsupportedOperationException e) {
      // Gson says in these ways that a member is missing or of another type
      return error("the request is not understood");
    }
  }

  /** Which directory it is, however it is called in another container. */
  static String identity(Path directory) throws IOException {
    return "%s:%s"
        .formatted(
            java.nio.file.Files.getAttribute(directory, "unix:dev"),
            java.nio.file.Files.getAttribute(directory, "unix:ino"));
  }

  static JsonObject error(String why) {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("error", why);
    return json;
  }

  private JsonObject status() {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("version", version);
    json.addProperty("pid", ProcessHandle.current().pid());
    agent.ifPresentOrElse(
        running -> add(json, running.status()), () -> json.addProperty("phase", "restoring"));
    return json;
  }

  private void add(JsonObject json, AgentStatus status) {
    status.toJson(clock.instant()).asMap().forEach(json::add);
    addProblems(json, status.problems());
    status.failure().ifPresent(why -> json.addProperty("failure", why));
  }

  private static void addProblems(JsonObject json, Map<Path, String> problems) {
    var named = new JsonArray();
    problems.entrySet().stream()
        .limit(MOST_NAMED)
        .forEach(
            problem -> {
              var item = new JsonObject();
              // all of local has no name
              var path = problem.getKey();
              item.addProperty("path", path.toString().isEmpty() ? "" : PortableName.of(path));
              item.addProperty("why", problem.getValue());
              named.add(item);
            });
    json.add("problems", named);
    json.addProperty("problemCount", problems.size());
  }

  private static Duration timeout(JsonObject request) {
    long millis = request.get("timeoutMillis").getAsLong();
    return Duration.ofMillis(Math.clamp(millis, 0, LONGEST_WAIT.toMillis()));
  }

  private JsonObject flush(Duration timeout, BooleanSupplier abandoned)
      throws InterruptedException {
    if (agent.isEmpty()) {
      return result("restoring");
    }
    var running = agent.get();
    return await(running.flush(), timeout, abandoned)
        .map(Answers::answer)
        .orElseGet(() -> timedOut(running.status()));
  }

  private JsonObject history(JsonObject request, BooleanSupplier abandoned)
      throws InterruptedException {
    var order = OrderJson.read(request);
    var volumeId = request.get("volume").getAsString();
    var timeout = timeout(request);
    if (agent.isEmpty()) {
      return result("restoring");
    }
    var running = agent.get();
    return await(running.order(volumeId, order), timeout, abandoned)
        .map(Answers::answer)
        .orElseGet(() -> timedOut(running.status()));
  }

  /** Empty when it takes too long, or nobody waits for it any more: then it is cancelled. */
  private static <T> Optional<T> await(
      CompletableFuture<T> result, Duration timeout, BooleanSupplier abandoned)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      while (true) {
        long left = Math.min(deadline - System.nanoTime(), LOOK_AFTER_CLIENT.toNanos());
        try {
          return Optional.of(result.get(Math.max(0, left), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
          if (deadline - System.nanoTime() <= 0 || abandoned.getAsBoolean()) {
            return Optional.empty();
          }
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("what an agent does has no failure", e);
    } finally {
      result.cancel(false); // then it asks for no more passes
    }
  }

  private static JsonObject answer(OrderResult order) {
    return switch (order) {
      case OrderResult.Done done -> {
        var json = result("done");
        json.addProperty("count", done.what().count());
        json.addProperty("freed", done.what().freed());
        yield json;
      }
      case OrderResult.Refused refused -> result("refused", refused.why());
      case OrderResult.Failed failed -> result("failed", failed.why());
      case OrderResult.Ended ended -> result("ended", ended.why());
    };
  }

  private static JsonObject result(String result, String why) {
    var json = result(result);
    json.addProperty("why", why);
    return json;
  }

  private static JsonObject answer(FlushResult flush) {
    return switch (flush) {
      case FlushResult.Published published -> {
        var json = result("published");
        json.addProperty("generation", published.generation());
        json.addProperty("held", published.held());
        yield json;
      }
      case FlushResult.Incomplete incomplete -> {
        var json = result("incomplete");
        addProblems(json, incomplete.missing());
        yield json;
      }
      case FlushResult.Ended ended -> result("ended", ended.why());
    };
  }

  private static JsonObject timedOut(AgentStatus status) {
    var json = result("timeout");
    var failure = status.failure();
    var passing = status.passing();
    String why;
    if (failure.isPresent()) {
      why = "a pass that works; the last one failed: " + failure.get();
    } else if (passing.isPresent()) {
      why = "a pass that has been under way for %d s".formatted(passing.get().toSeconds());
      if (!status.volumeUp()) {
        why += "; the volume does not answer";
      }
    } else {
      why = status.problems().isEmpty() ? "the next pass" : "what cannot be published";
    }
    json.addProperty("waitingFor", why);
    addProblems(json, status.problems());
    return json;
  }

  private static JsonObject result(String result) {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("result", result);
    return json;
  }
}
