package io.liteferry.publish;

import io.liteferry.volume.KeepSettings;
import io.liteferry.volume.Manifest;
import java.util.Optional;

/**
 * Why a database is published whole, each time that it changed, where others get segments: the one
 * list of rules, for passes and for {@code doctor}.
 */
public enum WholeReason {
  FORM("--publish is whole"),
  NOTHING_KEPT("--keep none keeps nothing, and segments are history"),
  NOT_THERE("the volume does not have it yet"),
  SMALL("it has less than 1 MiB, which costs as little as a segment"),
  ATTRIBUTES("its mode or owner is another one than on the volume, which a segment cannot change"),
  NOT_NAMED("the manifest does not name the file that the volume has"),
  NO_PAGES("what is known of its pages on the volume, in state, cannot be had");

  private final String text;

  WholeReason(String text) {
    this.text = text;
  }

  /** For people. */
  public String text() {
    return text;
  }

  /** Whether it is over with the first publication. */
  boolean isPassing() {
    return this == NOT_THERE;
  }

  /**
   * What is known of a database's file on the volume.
   *
   * @param bytes its size
   * @param isAsInLocal whether mode and owner are those of local
   * @param listed what the manifest says of it, if it names this file
   */
  public record OnVolume(long bytes, boolean isAsInLocal, Optional<Manifest.Database> listed) {}

  /** Of any database; empty when it depends on which. */
  public static Optional<WholeReason> ofAny(FormSettings form, KeepSettings keep) {
    if (!form.segments()) {
      return Optional.of(FORM);
    }
    return keep.isNone() ? Optional.of(NOTHING_KEPT) : Optional.empty();
  }

  /**
   * Of one database; empty when it gets segments.
   *
   * @param there empty when the volume does not have it, or not as it was published
   */
  public static Optional<WholeReason> of(
      FormSettings form, KeepSettings keep, Optional<OnVolume> there) {
    var ofAny = ofAny(form, keep);
    if (ofAny.isPresent()) {
      return ofAny;
    }
    if (there.isEmpty()) {
      return Optional.of(NOT_THERE);
    }
    if (there.get().bytes() < form.leastBytes()) {
      return Optional.of(SMALL);
    }
    if (!there.get().isAsInLocal()) {
      return Optional.of(ATTRIBUTES);
    }
    return there.get().listed().flatMap(Manifest.Database::state).isEmpty()
        ? Optional.of(NOT_NAMED)
        : Optional.empty();
  }
}
