package io.liteferry.agent;

import io.liteferry.publish.PublishContext;
import io.liteferry.scan.Tree;
import io.liteferry.watch.TreeWatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears of changes in local where it can; else they are found by scanning alone. */
final class LocalWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalWatch.class);

  private final Optional<TreeWatch> watch;

  private LocalWatch(Optional<TreeWatch> watch) {
    this.watch = watch;
  }

  /** Begins; says so when nothing can be heard. */
  static LocalWatch open(Path local, Runnable changed) {
    try {
      return new LocalWatch(Optional.of(TreeWatch.open(local, changed)));
    } catch (IOException e) {
      log.warn(
          "the agent cannot use inotify ({}) and finds changes only by scanning", e.getMessage());
      return new LocalWatch(Optional.empty());
    }
  }

  /** Is to be told of each directory before it is listed. */
  Tree.BeforeListing beforeListing() {
    return watch.<Tree.BeforeListing>map(w -> w).orElse(Tree.BeforeListing.NOTHING);
  }

  /** Tells passes of names that come and go. */
  void tell(PublishContext context) {
    watch.ifPresent(context::listenTo);
  }

  /** Whether every change is heard of. */
  boolean isWatching() {
    return watch.isPresent() && !watch.get().isExhausted();
  }

  /** How often events of a directory were dropped. */
  long lost() {
    return watch.map(TreeWatch::lost).orElse(0L);
  }

  @Override
  public void close() {
    try {
      if (watch.isPresent()) {
        watch.get().close();
      }
    } catch (IOException e) {
      log.debug("watch not closed", e);
    }
  }
}
