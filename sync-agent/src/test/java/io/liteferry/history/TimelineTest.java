package io.liteferry.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Digest;
import io.liteferry.pages.Identity;
import io.liteferry.pages.SegmentName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TimelineTest {
  private static final Path A = Path.of("a");
  private static final Path B = Path.of("b");

  private final Map<Long, RecordHeader> headers = new HashMap<>();
  private final Map<Long, List<Change>> records = new HashMap<>();
  private final RecordFiles files = n -> RecordMerge.of(records.getOrDefault(n, List.of()));

  private void record(long generation, long after, Change... changes) {
    headers.put(generation, RecordHeader.of("v", Records.point(generation), Records.point(after)));
    records.put(generation, List.of(changes));
  }

  private Timeline timeline(long current, Long... unreadable) {
    return new Timeline(headers.values(), List.of(unreadable), Records.point(current));
  }

  private static List<Long> points(Timeline timeline) {
    return timeline.points().stream().map(KeptPoint::generation).toList();
  }

  private static Version.File file(long size) {
    return new Version.File(Optional.empty(), size, 0, 0644, 1, 1);
  }

  private static Version.File kept(long generation, long size) {
    return file(size).with(Optional.of(KeptObject.of(generation, 1, A)));
  }

  @Test
  void points_completePasses_areAllOfThem() {
    record(2, 1);
    record(3, 2);
    var timeline = timeline(3);
    assertEquals(List.of(1L, 2L, 3L), points(timeline));
    assertEquals(List.of(), timeline.unfinished());
    assertEquals(4, timeline.next(0));
    assertEquals(Optional.empty(), timeline.points().getFirst().record());
    assertEquals(3, timeline.points().getLast().record().orElseThrow().generation());
  }

  @Test
  void points_noRecord_isTheCurrentOne() {
    assertEquals(List.of(7L), points(timeline(7)));
    assertEquals(8, timeline(7).next(0));
    assertEquals(13, timeline(7).next(12));
  }

  @Test
  void points_passWasCutOff_areThoseBefore() {
    record(2, 1);
    record(3, 2);
    var timeline = timeline(2);
    assertEquals(List.of(1L, 2L), points(timeline));
    assertEquals(List.of(3L), timeline.unfinished());
    assertEquals(4, timeline.next(0));
  }

  @Test
  void points_cutOffPassWasTakenOver_doNotKnowIt() {
    record(2, 1);
    record(3, 2);
    record(4, 2);
    var timeline = timeline(4);
    assertEquals(List.of(1L, 2L, 4L), points(timeline));
    assertEquals(List.of(3L), timeline.superseded());
  }

  @Test
  void points_recordIsUnreadable_areThoseFromIt() {
    record(2, 1);
    record(3, 2);
    record(5, 4);
    var timeline = timeline(5, 4L);
    assertEquals(List.of(4L, 5L), points(timeline));
    assertEquals(4, timeline.newestUnreadable());
  }

  @Test
  void points_unreadableRecordIsSpanned_areAll() {
    record(2, 1);
    record(4, 2);
    var timeline = timeline(4, 3L);
    assertEquals(List.of(1L, 2L, 4L), points(timeline));
    assertEquals(0, timeline.newestUnreadable());
  }

  @Test
  void points_unfinishedRecordIsUnreadable_areNone() {
    record(2, 1);
    var timeline = timeline(2, 3L);
    assertEquals(List.of(), points(timeline));
    assertEquals(4, timeline.next(0));
  }

  /** Its own record went with the point before it. */
  @Test
  void points_oldestOne_isDescribedByTheRecordAfterIt() {
    record(3, 2);
    assertEquals("p2", timeline(3).point(2).orElseThrow().point().publication());
  }

  /** A copy of a volume may have lost the times of its files, and so those of its records. */
  @Test
  void points_times_areThoseThatTheRecordAfterHasInWriting() {
    var first = Instant.ofEpochSecond(1_000);
    var copied = Optional.of(Instant.ofEpochSecond(9_000));
    record(2, 1);
    var made = Records.point(2);
    headers.put(2L, RecordHeader.of("v", made.at(copied), Records.point(1)));
    headers.put(3L, RecordHeader.of("v", Records.point(3).at(copied), made.at(Optional.of(first))));
    var timeline = timeline(3);
    assertEquals(first, timeline.point(2).orElseThrow().time());
    assertEquals(copied, timeline.current().volumeTime());
    assertEquals(copied, timeline.point(3).orElseThrow().point().volumeTime());
  }

  @Test
  void tree_lowestRecordThatKnowsThePath_tells() throws IOException {
    record(2, 1, Change.of(A, kept(2, 5), file(6)), Change.of(B, new Version.Absent(), file(1)));
    record(3, 2, Change.of(A, kept(3, 6), new Version.Absent()));
    var timeline = timeline(3);
    Map<Path, Version> now = Map.of(B, file(1));
    assertEquals(Map.of(A, kept(2, 5)), timeline.tree(1, now, files));
    assertEquals(Map.of(A, kept(3, 6), B, file(1)), timeline.tree(2, now, files));
    assertEquals(now, timeline.tree(3, now, files));
    assertThrows(IllegalArgumentException.class, () -> timeline.tree(4, now, files));
  }

  /** A chmod: the content is where the next record has it, or in place. */
  @Test
  void tree_attributesAloneChanged_takesTheContentAfter() throws IOException {
    record(2, 1, Change.of(A, file(5), file(5)));
    record(3, 2, Change.of(A, kept(3, 5), file(6)));
    assertEquals(Map.of(A, kept(3, 5)), timeline(3).tree(1, Map.of(A, file(6)), files));
    headers.remove(3L);
    assertEquals(Map.of(A, file(5)), timeline(2).tree(1, Map.of(A, file(5)), files));
    var other = timeline(2).tree(1, Map.of(A, file(4)), files).get(A);
    assertTrue(other instanceof Version.Lost, String.valueOf(other));
  }

  @Test
  void versions_ofAPath_areRunsOfPoints() throws IOException {
    record(2, 1, Change.of(B, new Version.Absent(), file(1)));
    record(3, 2, Change.of(A, kept(3, 5), new Version.Absent()));
    record(4, 3, Change.of(B, file(1), file(1)));
    assertEquals(
        List.of(
            new PathVersion(1, 2, kept(3, 5), false),
            new PathVersion(3, 4, new Version.Absent(), false)),
        timeline(4).versions(A, new Version.Absent(), files));
  }

  @Test
  void versions_ofOthers_areMarked() throws IOException {
    record(2, 1, new Change("a", kept(2, 5), file(6), true));
    assertEquals(
        List.of(new PathVersion(1, 1, kept(2, 5), true), new PathVersion(2, 2, file(6), false)),
        timeline(2).versions(A, file(6), files));
  }

  @Test
  void differences_betweenPoints_areThoseThatStayed() throws IOException {
    record(2, 1, Change.of(A, kept(2, 5), file(6)), Change.of(B, new Version.Absent(), file(1)));
    record(3, 2, Change.of(A, kept(3, 6), file(7)), Change.of(B, kept(3, 1), new Version.Absent()));
    var found = new ArrayList<Change>();
    Map<Path, Version> now = Map.of(A, file(7));
    timeline(3).differences(1, 3, now, files, found::add);
    assertEquals(List.of(Change.of(A, kept(2, 5), file(7))), found);
    found.clear();
    timeline(3).differences(1, 2, now, files, found::add);
    assertEquals(
        List.of(
            Change.of(A, kept(2, 5), kept(3, 6)), Change.of(B, new Version.Absent(), kept(3, 1))),
        found);
  }

  /** As after a rollback, which copies. */
  @Test
  void differences_sameAgain_areNone() throws IOException {
    record(2, 1, Change.of(A, kept(2, 5), file(6)), Change.of(B, database(1), database(2)));
    record(3, 2, Change.of(A, kept(3, 6), file(5)), Change.of(B, database(2), database(3)));
    var found = new ArrayList<Change>();
    Map<Path, Version> now = Map.of(A, file(5), B, database(3));
    timeline(3).differences(1, 3, now, files, found::add);
    assertEquals(List.of(), found);
    assertEquals(
        List.of(new PathVersion(1, 3, database(1), false)),
        timeline(3).versions(B, database(3), files));
  }

  @Test
  void dropping_oldest_writesNothing() {
    record(2, 1);
    record(3, 1);
    record(5, 3);
    var dropping = timeline(5).dropping(1);
    assertEquals(List.of(), dropping.merge());
    assertEquals(List.of(2L, 3L), dropping.delete());
  }

  @Test
  void dropping_another_mergesIntoTheYounger() {
    record(2, 1);
    record(3, 2);
    record(4, 3);
    var dropping = timeline(4).dropping(2);
    assertEquals(List.of(2L, 3L), dropping.merge().stream().map(r -> r.generation()).toList());
    assertEquals(List.of(2L), dropping.delete());
  }

  @Test
  void dropping_currentOrUnfinished_isRefused() {
    record(2, 1);
    assertThrows(IllegalArgumentException.class, () -> timeline(2).dropping(2));
    record(3, 2);
    record(4, 3);
    assertThrows(IllegalStateException.class, () -> timeline(3).dropping(2));
  }

  @Test
  void dropping_theOldestAfterAPassThatWasCutOff_leavesItsRecord() {
    record(2, 1);
    record(3, 2);
    assertEquals(List.of(2L), timeline(2).dropping(1).delete());
    assertEquals(List.of(), timeline(2).dropping(1).merge());
  }

  @Test
  void merge_cameAndWent_leavesNoTrace() throws IOException {
    record(2, 1, Change.of(A, new Version.Absent(), file(1)), Change.of(B, file(1), kept(2, 2)));
    record(3, 2, Change.of(A, kept(3, 1), new Version.Absent()));
    var merged = new Rules().merged(List.of(headers.get(2L), headers.get(3L)), files);
    try (var reader = Records.reader(merged)) {
      assertEquals(List.of(Change.of(B, file(1), kept(2, 2))), Records.all(n -> reader, 3));
      assertEquals(1, reader.header().after());
      assertEquals(3, reader.header().generation());
    }
  }

  @Test
  void usage_objects_areNeededBetweenRecords() throws IOException {
    record(2, 1, Change.of(A, kept(2, 5), file(6)));
    record(3, 2, Change.of(B, kept(3, 9), new Version.Absent()));
    record(4, 3, Change.of(A, kept(4, 6), file(7)));
    var usage = Usage.of(timeline(4), files, Map.of(), new Chains(List.of(), Map.of()));
    assertEquals(20, usage.bytes());
    assertEquals(5, usage.frees(1)); // b is needed by 2 as well
    assertEquals(0, usage.frees(2));
    assertEquals(0, usage.frees(4));
    assertEquals(15, usage.bytesOf(Set.of(2L, 4L)));
    assertEquals(0, usage.bytesOf(Set.of(4L)));
    var stray = new KeptObject(3, "0002-x");
    assertEquals(Set.of(stray), usage.garbage(List.of(stray, kept(2, 5).object().orElseThrow())));
  }

  @Test
  void usage_unreadableRecord_keepsWhatItMightNeed() throws IOException {
    record(5, 4);
    var usage = Usage.of(timeline(5, 4L), files, Map.of(), new Chains(List.of(), Map.of()));
    var old = new KeptObject(3, "0001-a");
    var young = new KeptObject(5, "0001-a");
    assertEquals(Set.of(young), usage.garbage(List.of(old, young)));
    assertEquals(Set.of(), usage.garbage(List.of(PageFile.base("db", 1, 1))));
  }

  @Test
  void usage_databaseThatCannotBeHad_isAnErrorOfItsPoints() throws IOException {
    var database = database(3);
    record(2, 1, Change.of(A, database, new Version.Absent()));
    record(3, 2, Change.of(B, kept(3, 1), file(2)));
    var usage = Usage.of(timeline(3), files, Map.of(), new Chains(List.of(), Map.of()));
    assertEquals(List.of("a"), usage.missing(1));
    assertEquals(List.of(), usage.missing(2));
    assertEquals(List.of(), usage.missing(9));
  }

  /** Segments after the plain file belong to what is now. */
  @Test
  void usage_currentDatabase_needsItsSegments() throws IOException {
    var segment = Records.segment("db", 3, 4, 10);
    var other = Records.segment("db", 4, 5, 10);
    var chains = new Chains(List.of(segment, other), Map.of("db", 3L));
    var usage = Usage.of(timeline(1), files, Map.of(A, database(4)), chains);
    assertEquals(Set.of(other), usage.garbage(List.of(segment, other)));
  }

  private static Version.Database database(long state) {
    return new Version.Database(
        "db", state, 1, new Digest("0".repeat(64)), CheckLevel.FULL, 0, 0, 0, 0);
  }

  @Test
  void chains_youngestBaseWithoutAGap_isTaken() {
    var old = PageFile.base("db", 1, 1);
    var young = PageFile.base("db", 4, 1);
    var first = Records.segment("db", 1, 3, 1);
    var second = Records.segment("db", 3, 6, 1);
    var merged = Records.segment("db", 1, 5, 1); // leads past where the next one begins
    var chains = new Chains(List.of(old, young, first, second, merged), Map.of());
    assertEquals(Optional.of(List.of(old, first, second)), chains.of("db", 6));
    assertEquals(Optional.of(List.of(young)), chains.of("db", 4));
    assertEquals(Optional.of(List.of(old, merged)), chains.of("db", 5));
    assertFalse(chains.of("db", 2).isPresent());
    assertFalse(chains.of("other", 1).isPresent());
  }

  @Test
  void chains_segmentOfAnotherContent_leadsNowhere() {
    var base = PageFile.base("db", 1, 1);
    var first = Records.segment("db", 1, 2, 1);
    var name = new SegmentName(3, 3, new Identity(0, 7), new Identity(0, 3));
    var foreign = PageFile.segment("db", name, 1);
    var chains = new Chains(List.of(base, first, foreign), Map.of());
    assertEquals(Optional.empty(), chains.of("db", 3));
    assertEquals(List.of(first), chains.after("db", 1));
  }

  @Test
  void add_oneByOneInAnyOrder_isAsOfAllAtOnce() {
    var files =
        List.of(
            PageFile.base("db", 1, 9),
            Records.segment("db", 1, 2, 9),
            Records.segment("db", 2, 3, 9),
            Records.segment("db", 1, 3, 9),
            Records.segment("db", 3, 4, 9));
    var atOnce = new Chains(files, Map.of());
    var oneByOne = new Chains(List.of(), Map.of());
    files.reversed().forEach(oneByOne::add);
    assertEquals(atOnce.of("db", 4), oneByOne.of("db", 4));
    assertEquals(List.of(files.get(3), files.get(4)), oneByOne.after("db", 1));
    assertEquals(atOnce.after("db", 1), oneByOne.after("db", 1));
  }

  @Test
  void chains_afterAState_leadToTheYoungest() {
    var first = Records.segment("db", 1, 2, 1);
    var second = Records.segment("db", 2, 3, 1);
    var merged = Records.segment("db", 1, 3, 1);
    var third = Records.segment("db", 3, 5, 1);
    var beyond = Records.segment("db", 6, 7, 1);
    var chains = new Chains(List.of(third, first, merged, second, beyond), Map.of());
    assertEquals(List.of(merged, third), chains.after("db", 1));
    assertEquals(List.of(), chains.after("db", 5));
    assertEquals(List.of(), chains.after("other", 1));
  }

  @Test
  void chains_plainFile_isABase() {
    var base = PageFile.base("db", 3, 1);
    var segment = Records.segment("db", 3, 4, 1);
    var chains = new Chains(List.of(base, segment), Map.of("db", 3L));
    assertEquals(Optional.of(List.of()), chains.of("db", 3));
    assertEquals(Optional.of(List.of(segment)), chains.of("db", 4));
  }

  @Test
  void takeOver_pathThatThePassLeaves_endsAsItWillBe() throws IOException {
    record(3, 2, Change.of(A, kept(3, 5), new Version.Absent()), Change.of(B, file(1), file(1)));
    var header = RecordHeader.of("v", Records.point(4), Records.point(2));
    var record =
        new Rules()
            .record(
                header,
                List.of(Change.of(B, kept(4, 1), file(2))),
                new RecordMerge.Unfinished(List.of(3L), files),
                change -> file(7));
    try (var reader = Records.reader(record)) {
      assertEquals(
          List.of(Change.of(A, kept(3, 5), file(7)), Change.of(B, kept(4, 1), file(2))),
          Records.all(n -> reader, 4));
    }
  }

  @Test
  void takeOver_nothingUnfinished_isThePassAlone() throws IOException {
    var changes = List.of(Change.of(A, kept(2, 5), file(6)));
    var header = RecordHeader.of("v", Records.point(2), Records.point(1));
    assertEquals(
        new String(Records.written(header, changes), UTF_8),
        new String(
            new Rules().record(header, changes, RecordMerge.Unfinished.NONE, c -> c.now()), UTF_8));
  }
}
