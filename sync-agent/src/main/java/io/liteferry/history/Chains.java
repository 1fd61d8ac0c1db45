package io.liteferry.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How to make a state of a database: from the youngest base that is no younger, by segments without
 * a gap. The plain file that is in its place on the volume is such a base.
 */
public final class Chains {
  private final Map<String, Long> inPlace;
  private final Map<String, Map<Long, PageFile>> bases = new HashMap<>();

  /** By the state that they lead to, the longest first. */
  private final Map<String, Map<Long, List<PageFile>>> segments = new HashMap<>();

  /**
   * Of what a listing found.
   *
   * @param inPlace which state the plain file of a database is, by the database's id
   */
  public Chains(Collection<PageFile> files, Map<String, Long> inPlace) {
    this.inPlace = Map.copyOf(inPlace);
    files.stream()
        .sorted(Comparator.comparingLong(file -> file.from().orElse(0)))
        .forEach(this::add);
  }

  private void add(PageFile file) {
    if (file.from().isEmpty()) {
      bases.computeIfAbsent(file.database(), id -> new HashMap<>()).put(file.state(), file);
    } else {
      segments
          .computeIfAbsent(file.database(), id -> new HashMap<>())
          .computeIfAbsent(file.state(), state -> new ArrayList<>())
          .add(file);
    }
  }

  /**
   * The files to make a state of, in their order; empty when it cannot be had.
   *
   * @return a base and segments; segments alone, if any, when the plain file is the base
   */
  public Optional<List<PageFile>> of(String database, long state) {
    var files = bases.getOrDefault(database, Map.of());
    var ending = segments.getOrDefault(database, Map.of());
    // From the wanted state backwards, the youngest state first: the first base met is the one.
    var reached = new TreeMap<Long, List<PageFile>>(Map.of(state, List.of()));
    while (!reached.isEmpty()) {
      var youngest = reached.pollLastEntry();
      long at = youngest.getKey();
      if (inPlace.getOrDefault(database, -1L) == at) {
        return Optional.of(youngest.getValue());
      }
      if (files.containsKey(at)) {
        return Optional.of(joined(files.get(at), youngest.getValue()));
      }
      for (var segment : ending.getOrDefault(at, List.of())) {
        reached.putIfAbsent(segment.from().orElseThrow(), joined(segment, youngest.getValue()));
      }
    }
    return Optional.empty();
  }

  private static List<PageFile> joined(PageFile first, List<PageFile> rest) {
    var all = new ArrayList<PageFile>(rest.size() + 1);
    all.add(first);
    all.addAll(rest);
    return all;
  }
}
