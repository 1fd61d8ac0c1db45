package io.liteferry.publish;

/** Is told how long the steps of passes took. Called on the passes' thread; returns at once. */
@FunctionalInterface
public interface Timings {
  /** Tells nobody. */
  Timings NOBODY = (step, nanos) -> {};

  /** What is measured. */
  enum Step {
    /** One database read into state, also when that came to nothing. */
    SNAPSHOT,
    /** One snapshot checked. */
    CHECK,
    /** All that one pass changed on the volume, from the first change to the manifest. */
    PUBLISH
  }

  void took(Step step, long nanos);
}
