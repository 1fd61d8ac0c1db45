package io.liteferry.history;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** Changes of one record or one pass, in {@link Change#ORDER}, each path once. */
@FunctionalInterface
public interface ChangeSource extends Closeable {
  /** The next one; empty after the last. */
  Optional<Change> next() throws IOException;

  @Override
  default void close() throws IOException {}
}
