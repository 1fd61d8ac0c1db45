package io.liteferry.publish;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.PortableName;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.PageFile;
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
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Which databases are published by segments, and how these are made. Plans are for the passes'
 * thread; each is carried out on one thread.
 */
final class Forms {
  /** More segments than this since the plain file make reading slow. */
  private static final int MOST_SEGMENTS = 1000;

  private final PublishContext context;
  private final DatabaseTransfer databases;
  private final PageMaps maps;
  private final FormLog log;

  Forms(PublishContext context, DatabaseTransfer databases) {
    this.context = context;
    this.databases = databases;
    maps = new PageMaps(context);
    log = new FormLog(context.settings.form());
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
   */
  record Plan(
      String id,
      long from,
      long number,
      IndexEntry known,
      PageMaps.Tracked tracked,
      boolean isFold) {
    Plan withoutFold() {
      return new Plan(id, from, number, known, tracked, false);
    }
  }

  /** A plan for one; empty when it is to be published whole, as a state of its own. */
  Optional<Plan> plan(Inventory.Item item, @Nullable Published published, Publication publication)
      throws IOException {
    var path = item.entry().path();
    var there = onVolume(item, published, publication);
    var why = WholeReason.of(context.settings.form(), context.settings.keep(), there);
    var plan =
        why.isEmpty() && published instanceof Published.Known known
            ? plan(path, known.index(), there.flatMap(OnVolume::listed).orElseThrow(), publication)
            : Optional.<Plan>empty();
    if (context.hasNoRoom()) {
      plan = plan.map(Plan::withoutFold); // a segment needs little
    }
    log.say(path, why.isEmpty() && plan.isEmpty() ? Optional.of(WholeReason.NO_PAGES) : why);
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
    boolean isFold = publication.purpose.isLast() || isFoldDue(listed, run, publication);
    return maps.at(path, state.id(), from, run)
        .map(tracked -> new Plan(state.id(), from, next, known, tracked, isFold));
  }

  /** Whether the plain file of a database is behind, and is to be no longer. */
  boolean isFoldDue(Path path, Publication publication) throws IOException {
    var listed = publication.writer.listed(path);
    return listed
            .filter(d -> d.ahead().isPresent() || d.previous().isPresent())
            .isPresent() // else nothing is to be read
        && isFoldDue(listed.orElseThrow(), run(path, publication), publication);
  }

  /** What leads on from the file that is in place; what was cut off may have announced another. */
  private static List<PageFile> run(Path path, Publication publication) throws IOException {
    var listed = publication.writer.listed(path);
    var state = listed.flatMap(Manifest.Database::state);
    var found = publication.knowledge.digestOfDatabase(path);
    var number = listed.flatMap(database -> found.flatMap(database::numberOf));
    return state.isPresent() && number.isPresent()
        ? publication.publisher.generations.known().after(state.get().id(), number.get())
        : List.of();
  }

  private boolean isFoldDue(Manifest.Database listed, List<PageFile> run, Publication publication) {
    if (run.isEmpty()) {
      return false;
    }
    var form = context.settings.form();
    long bytes = run.stream().mapToLong(PageFile::bytes).sum();
    return publication.purpose.isLast()
        || !form.segments()
        || context.settings.keep().isNone()
        || run.size() >= MOST_SEGMENTS
        || bytes > form.mostBytes(listed.bytes())
        || listed
            .ahead()
            .map(a -> !a.since().plus(form.foldAfter()).isAfter(context.clock.instant()))
            .orElse(true);
  }

  /** Whether what the volume has of a database is more than its plain file. */
  boolean isBehind(Path path, Publication publication) throws IOException {
    return !run(path, publication).isEmpty();
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
    if (plan.isFold()) {
      log.foldBegins(candidate.path());
    } else {
      long begun = System.nanoTime();
      var captured = capture(look, plan, wait);
      if (captured.isPresent()) {
        return new DatabaseTransfer.Attempt(
            captured.get(), System.nanoTime() - begun, Optional.empty());
      }
    }
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
    var taken = scrub.snapshot(target, image, wait);
    return taken.isPresent() ? taken : databases.take(look, image, wait);
  }

  /** Makes a segment of what changed since; empty when it is to be published whole. */
  private Optional<DatabaseTransfer.Outcome> capture(DatabaseLook look, Plan plan, Duration wait)
      throws IOException {
    var file = context.state.scratch();
    var target = target(look.path(), plan, file, false);
    var outcome = capture(look, plan, target, wait);
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
    var database = context.local.resolve(look.path());
    if (look.isAtRest()) {
      try (var plain = PlainFile.open(database)) {
        var outcome = Capture.ofImage(map, plain, target);
        if (look.isStillAtRest(context.local)) {
          return outcome;
        }
      } catch (DamagedFileException e) {
        return new Outcome.Whole(String.valueOf(e.getMessage()));
      }
      Files.deleteIfExists(target.file());
    }
    return DatabaseTransfer.wouldLockOutOwner(look)
        ? new Outcome.Whole("it belongs to another user")
        : plan.tracked().capture().take(map, target, wait);
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
    var form = context.settings.form();
    if (form.segments() && state.isPresent() && database.bytes() >= form.leastBytes()) {
      maps.published(database, state.get());
    }
  }
}
