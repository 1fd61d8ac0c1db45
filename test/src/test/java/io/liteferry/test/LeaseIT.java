package io.liteferry.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.test.TreeListing.Detail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two agents that want one volume, each with a node of its own. */
class LeaseIT {
  private static final String WAITING = "the volume is in use by";
  private static final List<String> ONLY_AT_THE_STOP =
      List.of("--settle", "1h", "--max-delay", "1h");
  private static final List<String> SHORT = List.of("--lease-duration", "2s");

  /** So long that nobody here sees it end. */
  private static final List<String> LONG = List.of("--lease-duration", "1h");

  @RegisterExtension final Workplace workplace = new Workplace();

  private Path first;
  private Path second;
  private Path volume;

  @BeforeEach
  void makeTwoNodesAndAVolume() throws IOException {
    first = workplace.directory("first");
    second = workplace.directory("second");
    volume = workplace.directory("volume");
    Files.writeString(volume.resolve("file.txt"), "published before");
  }

  private Liteferry start(String command, Path local) throws IOException {
    return start(command, local, List.of(), List.of());
  }

  private Liteferry start(String command, Path local, List<String> options) throws IOException {
    return start(command, local, options, List.of());
  }

  private Liteferry start(String command, Path local, List<String> options, List<String> more)
      throws IOException {
    var arguments = Stream.of(List.of(command, local, volume), options, more);
    return workplace.closing(Liteferry.start(arguments.flatMap(List::stream).toArray()));
  }

  private static void stop(Liteferry agent) throws InterruptedException {
    agent.terminate();
    var ended = agent.awaitEnd();
    assertEquals(0, ended.exitCode(), ended::toString);
  }

  private static void assertTookOverAtOnce(Liteferry agent) {
    assertEquals(0, agent.countLog(WAITING), () -> agent.log().toString());
  }

  @Test
  void run_anotherAgentStaysAlive_exitsWith9AndChangesNothing() throws Exception {
    var holder = start("run", first, SHORT);
    holder.awaitLog(Liteferry.READY);
    var before = TreeListing.of(volume, Detail.EVERYTHING);
    var refused = start("run", second, List.of("--lease-wait", "3s")).awaitEnd();
    assertEquals(9, refused.exitCode(), refused::toString);
    assertTrue(refused.err().getFirst().contains(WAITING), refused::toString);
    assertTrue(refused.err().getLast().contains("--lease-wait"), refused::toString);
    assertEquals(Map.of(), TreeListing.of(second, Detail.CONTENT));
    assertEquals(before, TreeListing.of(volume, Detail.EVERYTHING));

    // to look at what is there, nobody need wait
    var asked = start("restore", second, List.of("--dry-run")).awaitEnd();
    assertEquals(0, asked.exitCode(), asked::toString);
    assertTrue(asked.out().contains("would copy to LOCAL 1 file, 16 bytes"), asked::toString);
    assertEquals(Map.of(), TreeListing.of(second, Detail.CONTENT));
    var copied = start("restore", second, List.of("--copy")).awaitEnd();
    assertEquals(0, copied.exitCode(), copied::toString);
    assertEquals("published before", Files.readString(second.resolve("file.txt")));
    assertEquals(before, TreeListing.of(volume, Detail.EVERYTHING));
    Files.writeString(first.resolve("more.txt"), "goes on");
    Await.until("the holder's next file", () -> Files.exists(volume.resolve("more.txt")));
    stop(holder);
  }

  @Test
  void run_holderStopsInOrder_takesOverAtOnceWithAllThatItFlushed() throws Exception {
    var holder = start("run", first, LONG, ONLY_AT_THE_STOP);
    holder.awaitLog(Liteferry.READY);
    var next = start("run", second, LONG);
    next.awaitLog(WAITING);
    Files.writeString(first.resolve("last words"), "written at the very end");
    stop(holder);
    next.awaitLog(Liteferry.READY);
    assertEquals("written at the very end", Files.readString(second.resolve("last words")));
    stop(next);
  }

  @Test
  void run_holderKilled_takesOverAfterTheLeaseFromTheLastPublication() throws Exception {
    var holder = start("run", first, SHORT, ONLY_AT_THE_STOP);
    holder.awaitLog(Liteferry.READY);
    Files.writeString(first.resolve("lost.txt"), "never published");
    long begun = System.nanoTime();
    holder.kill();
    var next = start("run", second, SHORT);
    next.awaitLog("has given no sign of life for 2 s");
    assertTrue(System.nanoTime() - begun >= Duration.ofSeconds(2).toNanos());
    next.awaitLog(Liteferry.READY);
    assertEquals("published before", Files.readString(second.resolve("file.txt")));
    assertFalse(Files.exists(second.resolve("lost.txt")));

    // the node comes back: it knows something that the volume does not, and nothing is thrown away
    var returned = start("run", first, List.of("--lease-wait", "0s")).awaitEnd();
    assertTrue(returned.exitCode() == 9 || returned.exitCode() == 3, returned::toString);
    Files.writeString(second.resolve("file.txt"), "of the second");
    stop(next);
    returned = start("run", first).awaitEnd();
    assertEquals(3, returned.exitCode(), returned::toString);
    assertEquals("never published", Files.readString(first.resolve("lost.txt")));
    assertEquals("of the second", Files.readString(volume.resolve("file.txt")));
  }

  @Test
  void run_holderStoppedForLongerThanTheLease_exitsWith10AndChangesNothing() throws Exception {
    var holder = start("run", first, SHORT, ONLY_AT_THE_STOP);
    holder.awaitLog(Liteferry.READY);
    Files.writeString(first.resolve("unpublished.txt"), "kept");
    Files.writeString(first.resolve("file.txt"), "of the first, unpublished");
    holder.pause();
    var next = start("run", second, SHORT);
    next.awaitLog(Liteferry.READY);
    Files.writeString(second.resolve("second.txt"), "goes on");
    Await.until("a publication", () -> Files.exists(volume.resolve("second.txt")));
    next.pause(); // so that nothing here changes but by the one that was taken over
    var before = TreeListing.of(volume, Detail.EVERYTHING);
    holder.goOn();
    var fenced = holder.awaitEnd();
    assertEquals(10, fenced.exitCode(), fenced::toString);
    assertEquals(before, TreeListing.of(volume, Detail.EVERYTHING));
    var last = fenced.err().getLast();
    assertTrue(last.contains("NOT on the volume, kept in " + first), fenced::toString);
    assertTrue(last.contains("unpublished.txt") && last.contains("file.txt"), fenced::toString);
    assertFalse(last.contains("second.txt"), fenced::toString);
    assertEquals("kept", Files.readString(first.resolve("unpublished.txt")));
    next.goOn();
    Files.writeString(second.resolve("second.txt"), "and on");
    Await.until(
        "the next publication",
        () -> Files.readString(volume.resolve("second.txt")).equals("and on"));
    stop(next);
  }

  /** The same, and SIGTERM is waiting when it wakes: no flush may get through. */
  @Test
  void run_holderStoppedAndTerminated_exitsWith10AndChangesNothing() throws Exception {
    var holder = start("run", first, SHORT, ONLY_AT_THE_STOP);
    holder.awaitLog(Liteferry.READY);
    Files.writeString(first.resolve("unpublished.txt"), "kept");
    holder.pause();
    holder.terminate();
    var next = start("run", second, SHORT);
    next.awaitLog(Liteferry.READY);
    var before = TreeListing.of(volume, Detail.EVERYTHING);
    holder.goOn();
    var fenced = holder.awaitEnd();
    assertEquals(10, fenced.exitCode(), fenced::toString);
    assertTrue(fenced.err().getLast().contains("unpublished.txt"), fenced::toString);
    assertEquals(before, TreeListing.of(volume, Detail.EVERYTHING));
    stop(next);
  }

  @Test
  void watch_afterRestoreWithTheSameState_takesTheLeaseUpAtOnce() throws Exception {
    assertEquals(0, start("restore", first, LONG).awaitEnd().exitCode());
    var watch = start("watch", first, LONG);
    watch.awaitLog(Liteferry.READY);
    assertTookOverAtOnce(watch);
    watch.kill();
    watch.awaitEnd();
    // and so does a container that is restarted in place
    var again = start("run", first, LONG);
    again.awaitLog(Liteferry.READY);
    assertTookOverAtOnce(again);
    stop(again);
  }

  @Test
  void watch_anotherTookOverSinceRestore_refusesAndKeepsBoth() throws Exception {
    assertEquals(
        0, start("restore", first, List.of("--lease-duration", "1s")).awaitEnd().exitCode());
    Files.writeString(first.resolve("made here.txt"), "by the application");
    var other = start("run", second, SHORT);
    other.awaitLog(Liteferry.READY);
    Files.writeString(second.resolve("made elsewhere.txt"), "by the other");
    Await.until("its publication", () -> Files.exists(volume.resolve("made elsewhere.txt")));
    var refused = start("watch", first, List.of("--lease-wait", "0s")).awaitEnd();
    assertTrue(refused.exitCode() == 3 || refused.exitCode() == 9, refused::toString);
    stop(other);
    refused = start("watch", first).awaitEnd();
    assertEquals(3, refused.exitCode(), refused::toString);
    assertEquals("by the application", Files.readString(first.resolve("made here.txt")));
    assertEquals("by the other", Files.readString(volume.resolve("made elsewhere.txt")));
  }

  @Test
  void run_sameOwnerByName_takesOverAtOnce() throws Exception {
    var named = List.of("--owner", "the only one");
    var holder = start("run", first, LONG, named);
    holder.awaitLog(Liteferry.READY);
    holder.kill();
    holder.awaitEnd();
    var next = start("run", second, LONG, named);
    next.awaitLog(Liteferry.READY);
    assertTookOverAtOnce(next);
    Files.writeString(second.resolve("file.txt"), "changed"); // status wants a publication
    Await.until("it", () -> Files.readString(volume.resolve("file.txt")).equals("changed"));
    var status = Liteferry.run("status", volume);
    assertTrue(status.out().contains("the only one"), status::toString);
    stop(next);
  }
}
