package io.liteferry.model;

/**
 * Decides what becomes of a request. Called on the thread of the agent, without any lock, so it may
 * also make the agent wait.
 */
@FunctionalInterface
interface Gate {
  Gate OPEN = request -> Fate.Passes.ONCE;

  Fate before(Request request);

  /** What becomes of a request. */
  sealed interface Fate {
    /** It is executed and answered. */
    enum Passes implements Fate {
      ONCE
    }

    /**
     * It is answered with an error.
     *
     * @param executed whether it is executed nevertheless, as when the reply was lost
     */
    record Fails(Errno errno, boolean executed) implements Fate {}

    /**
     * The client dies.
     *
     * @param executed whether the server still executes the request at once
     */
    record Dies(boolean executed) implements Fate {}

    /** The client dies, and the request is on its way: see {@link ModelServer#inFlight}. */
    record DiesInFlight() implements Fate {}
  }
}
