package io.liteferry.history;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** An application and an agent, who do random things to a volume and may be cut off anywhere. */
final class ModelAgent {
  private static final int MOST_POINTS = 6;

  /** A change of the volume, as one request. */
  private interface Step {
    void run() throws IOException;
  }

  /** A path of a plan. */
  private record Planned(Change change, Optional<Content> before, Optional<Content> after) {}

  private final Random random;
  private final Rules rules;
  private final ModelVolume volume;
  private TreeMap<Path, Content> local = new TreeMap<>();
  private int names;

  ModelAgent(Random random, Rules rules) {
    this.random = random;
    this.rules = rules;
    volume = new ModelVolume(rules);
  }

  void run(int passes) throws IOException {
    volume.audit();
    for (int i = 0; i < passes; i++) {
      change();
      if (random.nextInt(12) == 0) { // a rollback
        var points = volume.timeline().points();
        local = new TreeMap<>(volume.tree(points.get(random.nextInt(points.size())).generation()));
      }
      publish(random.nextInt(3) == 0);
      while (volume.timeline().unfinished().isEmpty()
          && volume.timeline().points().size() > MOST_POINTS - random.nextInt(3)) {
        thin();
      }
      if (random.nextInt(3) == 0) {
        collect();
      }
    }
  }

  // ---- the application ----

  private void change() {
    for (int i = random.nextInt(4); i >= 0; i--) {
      changeOne();
    }
  }

  private void changeOne() {
    var path = Path.of("abc".charAt(random.nextInt(3)) + "");
    while (random.nextInt(3) > 0 && path.getNameCount() < 3) {
      path = path.resolve("a bü".charAt(random.nextInt(4)) + "x");
    }
    var old = local.get(path);
    if (old != null && random.nextBoolean() && changeInPlace(path, old)) {
      return;
    }
    var gone = path;
    local.keySet().removeIf(p -> p.startsWith(gone));
    if (random.nextInt(3) == 0) {
      return;
    }
    for (var p = path.getParent(); p != null; p = p.getParent()) {
      if (!(local.get(p) instanceof Content.Directory)) {
        local.put(p, new Content.Directory(7));
      }
    }
    local.put(
        path,
        switch (random.nextInt(7)) {
          case 0 -> new Content.Directory(mode());
          case 1 -> new Content.Link("../" + names++);
          case 2 -> new Content.File(mode(), names++, "");
          case 3, 4 -> new Content.File(mode(), names++, "content " + names);
          default -> new Content.Database(mode(), Map.of(1, names++));
        });
  }

  private boolean changeInPlace(Path path, Content old) {
    return switch (old) {
      case Content.Directory _ -> local.put(path, new Content.Directory(mode())) != null;
      case Content.Link _ -> false;
      case Content.File f -> local.put(path, new Content.File(mode(), f.mtime(), f.text())) != null;
      case Content.Database d ->
          local.put(path, d.with(Map.of(random.nextInt(5), names++))) != null;
    };
  }

  private int mode() {
    return 4 + random.nextInt(4);
  }

  // ---- a pass ----

  private void publish(boolean cutOff) throws IOException {
    var view = volume.view();
    var differ = new TreeSet<Path>(view.keySet());
    differ.addAll(local.keySet());
    differ.removeIf(p -> Objects.equals(view.get(p), local.get(p)));
    if (differ.isEmpty()) {
      return;
    }
    var timeline = volume.timeline();
    long number = rules.number(timeline);
    var plan = new ArrayList<Planned>();
    for (var path : differ) {
      plan.add(plan(number, plan.size(), path));
    }
    plan.sort((a, b) -> Change.ORDER.compare(a.change(), b.change()));
    var header = RecordHeader.of("v", Records.point(number), timeline.current());
    volume.put(
        number,
        rules.record(
            header,
            rules.recorded(plan.stream().map(Planned::change).toList()),
            new RecordMerge.Unfinished(rules.takenOver(timeline), volume.files()),
            change ->
                local.containsKey(change.path())
                    ? volume.version(change.path(), local.get(change.path()))
                    : new Version.Absent()));
    var steps = steps(plan);
    int until = cutOff ? random.nextInt(steps.size() + 1) : steps.size();
    for (var step : steps.subList(0, until)) {
      step.run();
      volume.audit();
    }
    if (cutOff) {
      return;
    }
    if (!volume.view().equals(local)) {
      throw new AssertionError("the volume is not local");
    }
    volume.published.put(number, volume.view());
    volume.current = Records.point(number);
    volume.audit();
  }

  /** G2: keeps what will be replaced or removed. */
  private Planned plan(long number, int index, Path path) {
    var before = Optional.ofNullable(volume.tree.get(path));
    var after = Optional.ofNullable(local.get(path));
    Version was = before.map(content -> volume.version(path, content)).orElse(new Version.Absent());
    if (was instanceof Version.File file && !isTouched(before, after) && file.size() > 0) {
      var object = KeptObject.of(number, index, path);
      volume.objects.putIfAbsent(object, ((Content.File) before.orElseThrow()).text());
      was = file.with(Optional.of(object));
    }
    if (was instanceof Version.Database) {
      var plain = volume.databases.get(path);
      var database = (Content.Database) before.orElseThrow();
      var base = PageFile.base(plain.id(), plain.state(), ModelVolume.bytes(database));
      volume.pages.putIfAbsent(base, database.pages());
    }
    var now = after.map(content -> volume.version(path, content)).orElse(new Version.Absent());
    return new Planned(Change.of(path, was, now), before, after);
  }

  /** Whether attributes alone change, in place. */
  private static boolean isTouched(Optional<Content> before, Optional<Content> after) {
    return before.orElse(null) instanceof Content.File old
        && after.orElse(null) instanceof Content.File next
        && old.text().equals(next.text());
  }

  private List<Step> steps(List<Planned> plan) {
    var steps = new ArrayList<Step>();
    for (var planned : plan) {
      var path = planned.change().path();
      if (planned.after().isEmpty()) {
        steps.add(() -> remove(path));
      } else if (planned.after().get() instanceof Content.Database database) {
        steps.add(() -> put(path, database));
      } else {
        steps.add(
            () -> {
              volume.databases.remove(path);
              volume.tree.put(path, planned.after().get());
            });
      }
    }
    Collections.shuffle(steps, random);
    return steps;
  }

  private void remove(Path path) {
    volume.databases.remove(path);
    volume.tree.remove(path);
  }

  /** A segment, or a new plain file. */
  private void put(Path path, Content.Database database) {
    var plain = volume.databases.get(path);
    if (plain == null) {
      volume.databases.put(path, new ModelVolume.Plain("db" + names++, 0));
      volume.tree.put(path, database);
      return;
    }
    long top = volume.top(plain);
    var mode = ((Content.Database) volume.tree.get(path)).mode();
    if (random.nextBoolean() && mode == database.mode()) {
      var shown = (Content.Database) Objects.requireNonNull(volume.view().get(path));
      var changed = new TreeMap<>(database.pages());
      changed.entrySet().removeIf(e -> e.getValue().equals(shown.pages().get(e.getKey())));
      if (database.pages().keySet().containsAll(shown.pages().keySet())) {
        long bytes = (long) ModelVolume.PAGE_BYTES * changed.size();
        volume.pages.put(Records.segment(plain.id(), top, top + 1, bytes), changed);
        return;
      }
    }
    volume.databases.put(path, new ModelVolume.Plain(plain.id(), top + 1));
    volume.tree.put(path, database);
  }

  // ---- thinning ----

  private void thin() throws IOException {
    var timeline = volume.timeline();
    var points = timeline.points();
    long victim = points.get(random.nextInt(points.size() - 1)).generation();
    var usage = volume.usage();
    long left = usage.bytes() - usage.frees(victim);
    var dropping = timeline.dropping(victim);
    var deleted = rules.deleted(dropping);
    int until = random.nextInt(3) == 0 ? random.nextInt(deleted.size() + 1) : deleted.size();
    if (!dropping.merge().isEmpty()) {
      volume.dropped.add(victim);
      volume.put(rules.place(dropping.merge()), rules.merged(dropping.merge(), volume.files()));
    } else if (until == deleted.size()) {
      volume.dropped.add(victim);
    }
    for (long record : deleted.subList(0, until)) {
      volume.delete(record);
    }
    if (!volume.dropped.contains(victim)) {
      return; // cut off before the oldest point was gone
    }
    if (volume.usage().bytes() != left) {
      throw new AssertionError(
          "%d bytes are kept without %d, not %d".formatted(volume.usage().bytes(), victim, left));
    }
  }

  private void collect() throws IOException {
    var timeline = volume.timeline();
    if (random.nextBoolean()) {
      for (long record : timeline.superseded()) {
        volume.delete(record);
      }
    }
    var usage = volume.usage();
    for (var point : timeline.points()) {
      if (!usage.missing(point.generation()).isEmpty()) {
        throw new AssertionError("missing: " + usage.missing(point.generation()));
      }
    }
    rules
        .garbage(usage, timeline, List.copyOf(volume.objects.keySet()))
        .forEach(volume.objects::remove);
    usage.garbage(List.copyOf(volume.pages.keySet())).forEach(volume.pages::remove);
    volume.audit();
  }
}
