package io.liteferry.model;

import java.util.EnumMap;
import java.util.Map;

/**
 * Tells the steps of a restore to an empty local, R1 to R8 of docs/crash-safety.md, as they show in
 * what is asked of the volume. R3 and R4 ask it nothing.
 */
final class RestoreSteps {
  enum Step {
    R1,
    R2,
    R5,
    R6,
    R7,
    R8
  }

  /** A request and the step that sent it. */
  record Sent(Request request, Step step) {
    @Override
    public String toString() {
      return step + ", " + request;
    }
  }

  /** R1 opens the manifest for each of its two decisions, then R2 begins with that. */
  private static final int MANIFESTS_UP_TO_R2 = 3;

  private final Map<Step, Integer> counts = new EnumMap<>(Step.class);
  private Step step = Step.R1;
  private int manifests;

  /**
   * Takes the next request.
   *
   * @param restoring whether state says so
   */
  Sent next(Request request, boolean restoring) {
    boolean manifest = request.path().toString().endsWith(".liteferry/manifest.json");
    manifests += manifest && request.kind() == Request.Kind.OPEN ? 1 : 0;
    step =
        switch (step) {
          case R1 -> manifests == MANIFESTS_UP_TO_R2 ? Step.R2 : step;
          case R2 -> restoring ? Step.R5 : step;
          case R5 -> manifest ? Step.R6 : step;
          case R6 -> manifest ? step : Step.R7;
          case R7 -> manifest ? Step.R8 : step;
          case R8 -> step;
        };
    counts.merge(step, 1, Integer::sum);
    return new Sent(request, step);
  }

  /** How many requests each step sent. */
  Map<Step, Integer> counts() {
    return counts;
  }
}
