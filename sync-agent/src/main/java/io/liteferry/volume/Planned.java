package io.liteferry.volume;

import io.liteferry.history.Change;
import io.liteferry.history.PageFile;
import io.liteferry.history.Version;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One name that a pass may change.
 *
 * @param was what the volume has of it; a file of it has no object yet
 * @param now what it is to become
 * @param others whether what the volume has is not what we had published
 * @param plain what the plain file of a database would be if it was kept; empty when it stays
 */
public record Planned(
    Path path, Version was, Version now, boolean others, Optional<PageFile> plain) {
  /** Of what is another user's, and nobody else's to read. */
  public static final Version.Lost DENIED =
      new Version.Lost("the agent could neither link nor read it");

  /** With what the volume has lost, where it has content and there is no room to keep that. */
  public Planned lost() {
    return switch (was) {
      case Version.File _, Version.Database _ ->
          new Planned(path, new Version.Lost("the volume was full"), now, others, plain);
      default -> this;
    };
  }

  Change as(Version kept) {
    var change = Change.of(path, kept, now);
    return new Change(change.name(), change.was(), change.now(), others);
  }
}
