package io.liteferry.publish;

import io.liteferry.durable.Errno;
import io.liteferry.durable.PortableName;
import io.liteferry.history.CheckLevel;
import io.liteferry.pages.Capture;
import io.liteferry.pages.Outcome;
import io.liteferry.pages.PlainFile;
import io.liteferry.pages.Segment;
import io.liteferry.pages.Target;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.publish.WholeReason.OnVolume;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.Snapshot;
import io.liteferry.state.IndexEntry;
import io.liteferry.state.StateException;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Which databases are published by segments, and how these are made. Plans are for the passes'
 * thread; each is carried out on one thread.
 */
final class Forms {
  private final PublishContext context;
  private final DatabaseTransfer databases;
  private final PageMaps maps;
  private final FormLog log;
  private final Folds folds;

  Forms(PublishContext context, DatabaseTransfer databases) {
    this.context = context;
    this.databases = databases;
    maps = new PageMaps(context);
    log = new FormLog(context.settings.form());
    folds = new Folds(context);
  }

  /** When plain files that are behind are to be so no longer. */
  Folds folds() {
    return folds;
  }

  /**
   * How to get from what the volume has of a database to what local has.
   *
   * @param id the database's
   * @param from the state that the volume has
   * @param number of the state that comes next; not used before
   * @param known what is known of the plain file
   * @param tracked the pages of the state that the volume has
   * @param isFold whether the plain file is to be brought up to date
   * @param isToBeChecked whether nothing else will do, as its last check failed
   */
  record Plan(
      String id,
      long from,
      long number,
      IndexEntry known,
      PageMaps.Tracked tracked,
      boolean isFold,
      boolean isToBeChecked) {
    Plan withoutFold() {
      return isToBeChecked ? this : new Plan(id, from, number, known, tracked, false, false);
    }
  }

  /**
   * A plan for one; empty when it is to be published whole, as a state of its own, or is a problem
   * of the publication.
   */
  Optional<Plan> plan(Inventory.Item item, @Nullable Published published, Publication publication)
      throws IOException {
    var path = item.entry().path();
    var there = onVolume(item, published, publication);
    var why = WholeReason.of(context.settings.form(), context.settings.keep(), there);
    var plan =
        why.isEmpty() && published instanceof Published.Known known
            ? plan(path, known.index(), there.flatMap(OnVolume::listed).orElseThrow(), publication)
            : Optional.<Plan>empty();
    if (context.hasNoRoom() || (folds.isAtRest(path) && !publication.purpose.isLast())) {
      plan = plan.map(Plan::withoutFold); // a segment needs little
    }
    if (why.isEmpty() && plan.isEmpty()) {
      why = Optional.of(WholeReason.NO_PAGES);
    }
    log.say(path, why, there.map(OnVolume::bytes).orElse(0L));
    return plan;
  }

  private static Optional<OnVolume> onVolume(
      Inventory.Item item, @Nullable Published published, Publication publication) {
    if (!(published instanceof Published.Known known)) {
      return Optional.empty();
    }
    var index = known.index();
    return Optional.of(
        new OnVolume(
            index.volumeSize(),
            index.hasAttributesOf(item.entry()),
            publication
                .writer
                .listed(item.entry().path())
                .filter(d -> d.previous().isEmpty() && d.digest().equals(index.digest()))));
  }

  private Optional<Plan> plan(
      Path path, IndexEntry known, Manifest.Database listed, Publication publication)
      throws IOException {
    var state = listed.state().orElseThrow();
    var history = publication.publisher.generations.known();
    var run = history.after(state.id(), state.number());
    long from = run.isEmpty() ? state.number() : run.getLast().state();
    long next = 1 + Math.max(from, history.highestState(state.id()));
    boolean hasFailed = context.refused.hasFailedCheck(path);
    boolean isFold =
        hasFailed || publication.purpose.isLast() || folds.isDue(listed, run, publication);
    try {
      return maps.at(path, state.id(), from, run)
          .map(tracked -> new Plan(state.id(), from, next, known, tracked, isFold, hasFailed));
    } catch (StateException e) {
      publication.problem(path, Problem.Kind.STATE_UNWRITABLE, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /**
   * Reads a database, in the form in which it is to be published. On any thread.
   *
   * @param wait for a lock at most
   * @return an outcome that differs owns its files: the caller deletes them
   */
  DatabaseTransfer.Attempt attempt(Candidate candidate, DatabaseLook look, Duration wait)
      throws IOException {
    if (candidate.plan().isEmpty()) {
      return databases.snapshot(look, candidate.published(), candidate.force(), wait);
    }
    var plan = candidate.plan().get();
    if (!plan.isFold()) {
      var captured = timed(look, plan, wait);
      return captured.isPresent() ? captured.get() : whole(candidate, look, plan, wait);
    }
    log.foldBegins(candidate.path());
    var whole = whole(candidate, look, plan, wait);
    if (plan.isToBeChecked()
        || !(whole.outcome() instanceof DatabaseTransfer.Outcome.Withheld withheld)
        || withheld.problem().kind() != Problem.Kind.STATE_UNWRITABLE) {
      return whole;
    }
    var captured = timed(look, plan.withoutFold(), wait); // which needs less room
    folds.restAfter(candidate.path(), withheld.problem());
    return captured.orElse(whole);
  }

  /** Empty when it is to be published whole. */
  private Optional<DatabaseTransfer.Attempt> timed(DatabaseLook look, Plan plan, Duration wait)
      throws IOException {
    long begun = System.nanoTime();
    return capture(look, plan, wait)
        .map(
            captured ->
                new DatabaseTransfer.Attempt(
                    captured, System.nanoTime() - begun, Optional.empty()));
  }

  private DatabaseTransfer.Attempt whole(
      Candidate candidate, DatabaseLook look, Plan plan, Duration wait) throws IOException {
    var scrub = new FoldScrub(context, look, plan);
    var whole =
        databases.snapshot(
            look,
            candidate.published(),
            candidate.force(),
            image -> image(scrub, look, plan, image, wait));
    return whole.outcome() instanceof DatabaseTransfer.Outcome.Differs differs
        ? new DatabaseTransfer.Attempt(
            new DatabaseTransfer.Outcome.Differs(step(differs.ready(), plan, scrub)),
            whole.snapshot(),
            whole.check())
        : whole;
  }

  private Optional<Snapshot.Outcome> image(
      FoldScrub scrub, DatabaseLook look, Plan plan, Path image, Duration wait) throws IOException {
    var target = target(look.path(), plan, context.state.scratch(), false);
    var taken = Optional.<Snapshot.Outcome>empty();
    try {
      taken = scrub.snapshot(target, image, wait);
    } catch (IOException e) {
      FormLog.sayUncompared(look.path(), e);
      Files.deleteIfExists(image);
    }
    return taken.isPresent() ? taken : databases.take(look, image, wait);
  }

  /** Makes a segment of what changed since; empty when it is to be published whole. */
  private Optional<DatabaseTransfer.Outcome> capture(DatabaseLook look, Plan plan, Duration wait)
      throws IOException {
    var file = context.state.scratch();
    var target = target(look.path(), plan, file, false);
    Outcome outcome;
    try {
      outcome = context.state.inRoom(() -> capture(look, plan, target, wait));
    } catch (StateException e) {
      var full = new Problem(Problem.Kind.STATE_UNWRITABLE, String.valueOf(e.getMessage()));
      return Optional.of(new DatabaseTransfer.Outcome.Withheld(full, false));
    } catch (IOException e) {
      FormLog.sayThisTime(look.path(), Errno.describe(e));
      return Optional.empty();
    }
    return switch (outcome) {
      case Outcome.Changed changed ->
          Optional.of(new DatabaseTransfer.Outcome.Differs(ready(look, plan, file, changed)));
      case Outcome.Unchanged _ -> Optional.of(same(look, plan));
      case Outcome.Busy _ -> Optional.of(new DatabaseTransfer.Outcome.Locked());
      case Outcome.Whole whole -> {
        FormLog.sayThisTime(look.path(), whole.why());
        yield Optional.empty();
      }
    };
  }

  private Outcome capture(DatabaseLook look, Plan plan, Target target, Duration wait)
      throws IOException {
    var map = plan.tracked().map();
    var capture = plan.tracked().capture();
    if (look.source().stamp().size() % map.shape().pageSize() != 0) {
      return new Outcome.Whole("it is not of whole pages");
    }
    if (look.isAtRest()) {
      var outcome = capture.takeAtRest(map, target);
      if (look.isStillAtRest(context.local)) {
        return outcome;
      }
      Files.deleteIfExists(target.file());
    }
    return DatabaseTransfer.wouldLockOutOwner(look)
        ? new Outcome.Whole("it belongs to another user")
        : capture.take(map, target, wait);
  }

  private Target target(Path path, Plan plan, Path file, boolean isChecked) {
    return new Target(
        file,
        PortableName.of(path),
        plan.from() + 1,
        plan.number(),
        context.lease.epoch(),
        context.clock.instant(),
        isChecked,
        context.settings.form().mostBytes(plan.tracked().map().shape().bytes()));
  }

  private static Ready ready(DatabaseLook look, Plan plan, Path file, Outcome.Changed changed)
      throws IOException {
    return new Ready(
        look.source(),
        look.conclusiveSource(),
        look.wal(),
        file,
        changed.shape().bytes(),
        changed.heading().to().digest(),
        header(look, file, changed),
        CheckLevel.NONE,
        OptionalLong.empty(),
        step(plan, file, changed));
  }

  private static Optional<Ready.Step> step(Plan plan, Path file, Outcome.Changed changed)
      throws IOException {
    var piece = new Ready.Piece(file, changed.heading().name(), Files.size(file));
    return Optional.of(new Ready.Step(plan, Optional.of(piece)));
  }

  /** Without its first page, the segment leaves the header as it is: all of it is in use. */
  private static DatabaseHeader header(DatabaseLook look, Path file, Outcome.Changed changed)
      throws IOException {
    try (var segment = Segment.open(file, changed.heading().database())) {
      return segment
          .header()
          .orElseGet(
              () ->
                  new DatabaseHeader(
                      changed.shape().pageSize(),
                      look.walMode(),
                      changed.shape().pageCount(),
                      0,
                      look.changes()));
    }
  }

  private static DatabaseTransfer.Outcome same(DatabaseLook look, Plan plan) {
    var known = plan.known().seenAs(look.conclusiveSource(), look.wal());
    return new DatabaseTransfer.Outcome.Same(new Published.Known(known));
  }

  /**
   * Makes of an image that is published whole the state that segments lead to, too: so the plain
   * file that it replaces need not be kept. Where that is impossible, it is a state of its own.
   */
  private Ready step(Ready whole, Plan plan, FoldScrub scrub) throws IOException {
    var path = whole.source().path();
    var file = context.state.scratch();
    boolean isChecked = whole.checked() == CheckLevel.FULL;
    try (var image = PlainFile.open(whole.image())) {
      var outcome =
          Capture.ofImage(plan.tracked().map(), image, target(path, plan, file, isChecked));
      if (!scrub.agrees(outcome)) {
        Files.deleteIfExists(file);
        return whole;
      }
      return switch (outcome) {
        case Outcome.Changed changed -> whole.with(step(plan, file, changed));
        case Outcome.Unchanged _ -> whole.with(Optional.of(new Ready.Step(plan, Optional.empty())));
        case Outcome.Busy _, Outcome.Whole _ -> whole;
      };
    } catch (IOException e) {
      FormLog.sayThisTime(path, Errno.describe(e));
      Files.deleteIfExists(file);
      return whole;
    }
  }

  void close() {
    maps.close();
  }

  /**
   * It was published: what its pages are is known from now on.
   *
   * @param state which one it is; empty when nobody knows
   */
  void published(Ready database, Optional<Manifest.State> state) {
    log.published(database);
    if (!database.isSegmentAlone()) {
      folds.made(database.source().path());
    }
    var form = context.settings.form();
    if (form.segments() && state.isPresent() && database.bytes() >= form.leastBytes()) {
      maps.published(database, state.get());
    }
  }
}
