package io.liteferry.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How to make a state of a database: from the youngest base that is no younger, by segments without
 * a gap. The plain file that is in its place on the volume is such a base. Of a merged segment and
 * its parts, the merged one is taken.
 */
public final class Chains {
  private final Map<String, Long> inPlace;
  private final Map<String, Map<Long, PageFile>> bases = new HashMap<>();

  /** By the state that they lead to, the longest first. */
  private final Map<String, TreeMap<Long, List<PageFile>>> segments = new HashMap<>();

  /**
   * Of what a listing found.
   *
   * @param inPlace which state the plain file of a database is, by the database's id
   */
  public Chains(Collection<PageFile> files, Map<String, Long> inPlace) {
    this.inPlace = Map.copyOf(inPlace);
    files.forEach(this::add);
  }

  /** There is one more, which was not there before. */
  public void add(PageFile file) {
    if (file.segment().isEmpty()) {
      bases.computeIfAbsent(file.database(), id -> new HashMap<>()).put(file.state(), file);
    } else {
      var same =
          segments
              .computeIfAbsent(file.database(), id -> new TreeMap<>())
              .computeIfAbsent(file.state(), state -> new ArrayList<>(1));
      same.add(file);
      same.sort(Comparator.comparingLong(segment -> segment.from().orElse(0)));
    }
  }

  /**
   * The files to make a state of, in their order; empty when it cannot be had.
   *
   * @return a base and segments; segments alone, if any, when the plain file is the base
   */
  public Optional<List<PageFile>> of(String database, long state) {
    var files = bases.getOrDefault(database, Map.of());
    var ending = segments.getOrDefault(database, new TreeMap<>());
    // From the wanted state backwards, the youngest state first: the first base met is the one.
    var reached = new TreeMap<Long, Link>(Map.of(state, Link.NONE));
    while (!reached.isEmpty()) {
      var youngest = reached.pollLastEntry();
      long at = youngest.getKey();
      var rest = youngest.getValue();
      if (inPlace.getOrDefault(database, -1L) == at) {
        return Optional.of(rest.all());
      }
      if (files.containsKey(at)) {
        return Optional.of(new Link(files.get(at), rest).all());
      }
      for (var segment : ending.getOrDefault(at, List.of())) {
        if (rest.file == null || rest.file.isNextOf(segment)) {
          reached.putIfAbsent(segment.from().orElseThrow(), new Link(segment, rest));
        }
      }
    }
    return Optional.empty();
  }

  /** Whether a kept base and segments give a state, and these take no more than so many bytes. */
  public boolean isMadeOfLess(String database, long state, long bytes) {
    var chain = of(database, state);
    return chain.isPresent()
        && chain.get().stream()
                .filter(file -> file.segment().isPresent())
                .mapToLong(PageFile::bytes)
                .sum()
            <= bytes;
  }

  /**
   * The segments that lead on from a state, in their order: to the youngest state that can be had.
   */
  public List<PageFile> after(String database, long state) {
    var reached = new TreeMap<Long, Link>(Map.of(state, Link.NONE));
    var later = segments.getOrDefault(database, new TreeMap<>()).tailMap(state, false);
    for (var ending : later.values()) {
      for (var segment : ending) {
        var before = reached.get(segment.from().orElseThrow());
        if (before != null && (before.file == null || segment.isNextOf(before.file))) {
          reached.putIfAbsent(segment.state(), new Link(segment, before));
        }
      }
    }
    return reached.lastEntry().getValue().all().reversed();
  }

  /** A list that others share the end of: there can be many long ones. */
  private record Link(@Nullable PageFile file, @Nullable Link rest) {
    static final Link NONE = new Link(null, null);

    List<PageFile> all() {
      var all = new ArrayList<PageFile>();
      for (var link = this; link != null && link.file != null; link = link.rest) {
        all.add(link.file);
      }
      return all;
    }
  }
}
