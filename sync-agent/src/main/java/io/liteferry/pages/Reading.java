package io.liteferry.pages;

import io.liteferry.pages.Outcome.Found;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * What a capture is about to read.
 *
 * @param state the database's
 * @param pages those that can differ from the state before; empty: all
 * @param how this was found out
 * @param validity to be asked after all reading
 */
record Reading(LiveState state, Optional<long[]> pages, Found how, Validity validity) {
  /** Says whether what was read is the state. */
  @FunctionalInterface
  interface Validity {
    /**
     * Looks.
     *
     * @throws AgainException when the pages may be those of several states
     */
    void require() throws IOException;
  }

  /** The pages that can differ, in ascending order. */
  LongStream candidates() {
    var shape = state.shape();
    var all =
        pages.map(LongStream::of).orElseGet(() -> LongStream.rangeClosed(1, shape.pageCount()));
    return all.filter(page -> page <= shape.pageCount() && !shape.isOfLocks(page));
  }
}
