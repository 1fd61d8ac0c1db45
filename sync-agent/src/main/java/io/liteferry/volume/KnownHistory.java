package io.liteferry.volume;

import io.liteferry.history.Chains;
import io.liteferry.history.Change;
import io.liteferry.history.PageFile;
import io.liteferry.history.RecordFiles;
import io.liteferry.history.RecordMerge;
import io.liteferry.history.Stored;
import io.liteferry.history.Usage;
import io.liteferry.history.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What records say, in memory, so that nothing is read again to decide what may go. */
final class KnownHistory {
  /** A record with more changes is read again when it is needed. */
  private static final int MOST_IN_MEMORY = 10_000;

  /** An empty list stands for a record that is too long, or says nothing. */
  private final Map<Long, List<Change>> records = new HashMap<>();

  boolean has(long generation) {
    return records.containsKey(generation);
  }

  /** Reads a record to its end: that it is whole is known then. */
  void read(long generation, RecordFiles files) throws IOException {
    var changes = new ArrayList<Change>();
    boolean isLong = false;
    try (var source = files.open(generation)) {
      for (var next = source.next(); next.isPresent(); next = source.next()) {
        isLong |= changes.size() == MOST_IN_MEMORY;
        if (!isLong) {
          changes.add(next.get());
        }
      }
    }
    records.put(generation, isLong ? List.of() : changes);
  }

  void put(long generation, List<Change> changes) {
    records.put(generation, changes.size() > MOST_IN_MEMORY ? List.of() : List.copyOf(changes));
  }

  void forget(long generation) {
    records.remove(generation);
  }

  RecordFiles files(RecordFiles onVolume) {
    return generation -> {
      var changes = records.getOrDefault(generation, List.of());
      return changes.isEmpty() ? onVolume.open(generation) : RecordMerge.of(changes);
    };
  }

  /** Which point needs what. */
  Usage usage(Generations known, VolumeWriter shown) throws IOException {
    return usage(known, shown, true);
  }

  private Usage usage(Generations known, VolumeWriter shown, boolean hasPlainFiles)
      throws IOException {
    var now = new TreeMap<Path, Version>();
    var inPlace = new HashMap<String, Long>();
    for (var entry : shown.databases().entrySet()) {
      var database = entry.getValue();
      if (database.state().isPresent()) {
        var state = database.state().get();
        if (hasPlainFiles) {
          inPlace.put(state.id(), state.number());
        }
        var ahead = known.after(state.id(), state.number());
        long tip = ahead.isEmpty() ? state.number() : ahead.getLast().state();
        now.put(entry.getKey(), current(database, state, tip));
      }
    }
    var chains = new Chains(known.listPages(), inPlace);
    return Usage.of(known.timeline(shown.manifest()), files(known), now, chains);
  }

  /** Which of these files nobody needs, neither a point nor a pass that is not complete. */
  Set<Stored> garbage(Collection<Stored> there, Generations known, VolumeWriter shown)
      throws IOException {
    var garbage = usage(known, shown).garbage(there);
    if (!known.timeline(shown.manifest()).unfinished().isEmpty() || isAnyBeingReplaced(shown)) {
      garbage.retainAll(usage(known, shown, false).garbage(there)); // it may go any moment
      var goingFrom = firstThatMayGo(shown);
      garbage.removeIf(
          file ->
              file instanceof PageFile page
                  && goingFrom.getOrDefault(page.database(), Long.MAX_VALUE) <= page.state());
    }
    garbage.removeAll(leadingOn(known, shown));
    garbage.removeIf(
        file -> file instanceof PageFile page && shown.unread().contains(page.database()));
    return garbage;
  }

  /** What is published and in no plain file: it stays though there may be no point at all. */
  private static Set<Stored> leadingOn(Generations known, VolumeWriter shown) throws IOException {
    var ahead = new HashSet<Stored>();
    for (var database : shown.databases().values()) {
      if (database.state().isPresent()) {
        var state = database.state().get();
        ahead.addAll(known.after(state.id(), state.number()));
        ahead.addAll(known.after(state.id(), state.previous().orElse(state.number())));
      }
    }
    return ahead;
  }

  /** Whether the manifest names two files of a database, one of which is in its place. */
  private static boolean isAnyBeingReplaced(VolumeWriter shown) {
    return shown.databases().values().stream()
        .anyMatch(database -> database.previous().isPresent());
  }

  /**
   * From which state on a base may be a second name of a database that such a pass replaces, or has
   * replaced; by the database's id.
   */
  private static Map<String, Long> firstThatMayGo(VolumeWriter shown) {
    var first = new HashMap<String, Long>();
    for (var database : shown.databases().values()) {
      database
          .state()
          .ifPresent(
              state -> first.merge(state.id(), state.previous().orElse(state.number()), Math::min));
    }
    return first;
  }

  private static Version current(Manifest.Database database, Manifest.State state, long tip) {
    return new Version.Database(
        state.id(), tip, database.bytes(), database.digest(), state.checked(), 0, 0, 0, 0);
  }
}
