package io.liteferry.history;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rules of which one is wrong. */
final class Mutants {
  private Mutants() {}

  static Stream<Rules> all() {
    return Stream.of(
        new CreatedNamesAreNotRecorded(),
        new UnfinishedIsNotTakenOver(),
        new YoungerWinsWhenTakenOver(),
        new CameAndWentIsNotTakenOver(),
        new NumberIsUsedTwice(),
        new YoungerWinsWhenMerged(),
        new MergedLeadsBackToTheVictim(),
        new MergedIsPutInTheOlderPlace(),
        new MergedForgetsTheContentOfAYoungerRecord(),
        new OldestGoesFromTheYoungestRecordOn(),
        new ObjectsGoWithTheirRecord(),
        new YoungestRecordIsBelieved(),
        new OwnRecordIsReadToo(),
        new AbsentIsOverlooked());
  }

  private static final class CreatedNamesAreNotRecorded extends Rules {
    @Override
    List<Change> recorded(List<Change> changes) {
      return changes.stream().filter(c -> !(c.was() instanceof Version.Absent)).toList();
    }
  }

  private static final class UnfinishedIsNotTakenOver extends Rules {
    @Override
    List<Long> takenOver(Timeline timeline) {
      return List.of();
    }
  }

  private static final class YoungerWinsWhenTakenOver extends Rules {
    @Override
    byte[] record(
        RecordHeader header,
        List<Change> changes,
        RecordMerge.Unfinished unfinished,
        Function<Change, Version> end)
        throws IOException {
      var all =
          Records.byName(unfinished.files(), unfinished.generations(), (older, younger) -> younger);
      changes.forEach(c -> all.put(c.name(), c));
      return Records.written(header, all.values());
    }
  }

  private static final class CameAndWentIsNotTakenOver extends Rules {
    @Override
    byte[] record(
        RecordHeader header,
        List<Change> changes,
        RecordMerge.Unfinished unfinished,
        Function<Change, Version> end)
        throws IOException {
      var record = super.record(header, changes, unfinished, end);
      var kept = Records.read(record).stream().filter(change -> !change.isNothing()).toList();
      return Records.written(header, kept);
    }
  }

  private static final class NumberIsUsedTwice extends Rules {
    @Override
    long number(Timeline timeline) {
      return timeline.current().generation() + 1;
    }
  }

  private static SortedMap<String, Change> byName(
      List<RecordHeader> headers, RecordFiles files, BinaryOperator<Change> rule)
      throws IOException {
    return Records.byName(files, headers.stream().map(RecordHeader::generation).toList(), rule);
  }

  private static final class YoungerWinsWhenMerged extends Rules {
    @Override
    byte[] merged(List<RecordHeader> headers, RecordFiles files) throws IOException {
      var all = byName(headers, files, (older, younger) -> younger);
      return Records.written(headers.getFirst().then(headers.getLast()), all.values());
    }
  }

  private static final class MergedLeadsBackToTheVictim extends Rules {
    @Override
    byte[] merged(List<RecordHeader> headers, RecordFiles files) throws IOException {
      var all = byName(headers, files, Change::then);
      return Records.written(headers.getLast(), all.values());
    }
  }

  private static final class MergedIsPutInTheOlderPlace extends Rules {
    @Override
    long place(List<RecordHeader> headers) {
      return headers.getFirst().generation();
    }
  }

  private static final class MergedForgetsTheContentOfAYoungerRecord extends Rules {
    @Override
    byte[] merged(List<RecordHeader> headers, RecordFiles files) throws IOException {
      var all = byName(headers, files, (older, younger) -> older);
      return Records.written(headers.getFirst().then(headers.getLast()), all.values());
    }
  }

  private static final class OldestGoesFromTheYoungestRecordOn extends Rules {
    @Override
    List<Long> deleted(Timeline.Dropping dropping) {
      return dropping.delete().reversed();
    }
  }

  private static final class ObjectsGoWithTheirRecord extends Rules {
    @Override
    Set<KeptObject> garbage(Usage usage, Timeline timeline, Collection<KeptObject> objects) {
      var records =
          timeline.inForce().stream().map(RecordHeader::generation).collect(Collectors.toSet());
      return objects.stream()
          .filter(o -> !records.contains(o.generation()))
          .collect(Collectors.toSet());
    }
  }

  private static NavigableSet<Long> since(Timeline timeline, long point) {
    return timeline.inForce().stream()
        .map(RecordHeader::generation)
        .filter(generation -> generation > point)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static final class YoungestRecordIsBelieved extends Rules {
    @Override
    Map<Path, Version> tree(
        Timeline timeline, long point, Map<Path, Version> now, RecordFiles files)
        throws IOException {
      return read(since(timeline, point).descendingSet(), now, files);
    }
  }

  private static final class OwnRecordIsReadToo extends Rules {
    @Override
    Map<Path, Version> tree(
        Timeline timeline, long point, Map<Path, Version> now, RecordFiles files)
        throws IOException {
      var records = since(timeline, point);
      records.add(point);
      return read(records, now, files);
    }
  }

  private static final class AbsentIsOverlooked extends Rules {
    @Override
    Map<Path, Version> tree(
        Timeline timeline, long point, Map<Path, Version> now, RecordFiles files)
        throws IOException {
      var tree = new TreeMap<>(now);
      tree.putAll(read(since(timeline, point), now, files));
      return tree;
    }
  }
}
