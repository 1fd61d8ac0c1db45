package io.liteferry.publish;

import io.liteferry.pages.Identity;
import io.liteferry.pages.Outcome;
import io.liteferry.pages.Target;
import io.liteferry.sqlite.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The scrub: at a fold, what a segment would have is compared with SQLite's own image of the same
 * state, which the fold needs in any case. Both are made in one transaction. For one fold.
 */
final class FoldScrub {
  private final PublishContext context;
  private final DatabaseLook look;
  private final Forms.Plan plan;
  private Optional<Identity> captured = Optional.empty();

  FoldScrub(PublishContext context, DatabaseLook look, Forms.Plan plan) {
    this.context = context;
    this.look = look;
    this.plan = plan;
  }

  /**
   * Whether segments take a short cut: without a log, they come of a read of the whole database.
   */
  private boolean isOfUse() throws IOException {
    return plan.isFold()
        && look.walMode()
        && !look.isAtRest()
        && !DatabaseTransfer.wouldLockOutOwner(look);
  }

  /**
   * Takes the snapshot.
   *
   * @param target of the capture; its file is gone afterwards
   * @param image to be made; is not there when this returns empty
   * @return empty where the two cannot be made together
   */
  Optional<Snapshot.Outcome> snapshot(Target target, Path image, Duration wait) throws IOException {
    if (!isOfUse()) {
      return Optional.empty();
    }
    var map = plan.tracked().map();
    var taken = new AtomicReference<Snapshot.@Nullable Outcome>();
    try {
      captured =
          to(
              plan.tracked()
                  .capture()
                  .take(map, target, wait, within -> taken.set(within.snapshot(image))));
    } finally {
      Files.deleteIfExists(target.file());
    }
    if (captured.isEmpty()) {
      Files.deleteIfExists(image);
      return Optional.empty();
    }
    return Optional.ofNullable(taken.get());
  }

  private Optional<Identity> to(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Changed changed -> Optional.of(changed.heading().to());
      case Outcome.Unchanged _ -> Optional.of(plan.tracked().map().identity());
      case Outcome.Busy _, Outcome.Whole _ -> Optional.empty();
    };
  }

  /**
   * Compares, if there was a capture.
   *
   * @param ofImage what the image differs in from what is published
   * @return false when the short cut led to something else
   */
  boolean agrees(Outcome ofImage) {
    var image = to(ofImage);
    if (captured.isEmpty() || image.isEmpty()) {
      return true;
    }
    boolean agrees = captured.equals(image);
    if (agrees) {
      context.scrubs.agreed(look.path(), context.clock.instant());
    } else {
      context.scrubs.disagreed(look.path());
    }
    return agrees;
  }
}
