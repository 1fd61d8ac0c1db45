package io.liteferry.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Every moment of a run at which a crash would find something else than at the moment before: after
 * each request that changed the volume, and after each change of state.
 */
final class Recording {
  /**
   * What a crash would find.
   *
   * @param next the request that was about to be sent; for people
   * @param step the last that was begun
   * @param server a copy
   * @param state the files of state by name
   */
  record Moment(
      int number, String next, Step step, ModelServer server, SortedMap<String, byte[]> state) {
    @Override
    public String toString() {
      return "moment %d, at %s, before %s".formatted(number, step, next);
    }
  }

  /** What an agent does. */
  @FunctionalInterface
  interface Script {
    void run(Pod pod) throws IOException, InterruptedException;
  }

  private final Pod pod;
  private final List<Moment> moments = new ArrayList<>();
  private boolean changed = true;
  private Step step = Step.NONE;
  private SortedMap<String, byte[]> lastState = new TreeMap<>();

  private Recording(Pod pod) {
    this.pod = pod;
  }

  /** Runs a script to its end, and closes nothing. */
  static List<Moment> of(Pod pod, Script script) throws IOException, InterruptedException {
    var recording = new Recording(pod);
    pod.client.gate(
        request -> {
          recording.look(request.toString());
          recording.step = Step.after(request, recording.step);
          return Gate.Fate.Passes.ONCE;
        });
    pod.client.afterChange(() -> recording.changed = true);
    script.run(pod);
    recording.changed = true;
    recording.look("the end");
    pod.client.gate(Gate.OPEN).afterChange(() -> {});
    return recording.moments;
  }

  private void look(String next) {
    try {
      var state = Pod.stateFiles(pod.state);
      if (!changed && isSame(state, lastState)) {
        return;
      }
      moments.add(new Moment(moments.size(), next, step, pod.client.server().copy(), state));
      changed = false;
      lastState = state;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isSame(SortedMap<String, byte[]> one, SortedMap<String, byte[]> other) {
    return one.keySet().equals(other.keySet())
        && one.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue(), other.get(e.getKey())));
  }
}
