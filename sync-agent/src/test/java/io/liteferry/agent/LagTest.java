package io.liteferry.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class LagTest {
  private static Set<Path> paths(String... names) {
    return Arrays.stream(names).map(Path::of).collect(Collectors.toSet());
  }

  /** After a first pass that published everything. */
  private static Lag none() {
    var lag = new Lag(0);
    lag.began(1, false);
    lag.ended(Set.of(), 2);
    return lag;
  }

  @Test
  void since_beforeTheFirstPassEnds_isTheStart() {
    var lag = new Lag(5);
    assertEquals(Optional.of(5L), lag.since());
    lag.began(10, false);
    assertEquals(Optional.of(5L), lag.since());
    lag.ended(Set.of(), 20);
    assertEquals(Optional.empty(), lag.since());
  }

  @Test
  void since_changes_isTheFirstUntilAPassEnds() {
    var lag = none();
    lag.changed(100);
    lag.changed(200);
    assertEquals(Optional.of(100L), lag.since());
    lag.began(300, false);
    assertEquals(Optional.of(100L), lag.since());
    lag.ended(Set.of(), 400);
    assertEquals(Optional.empty(), lag.since());
  }

  @Test
  void since_changeDuringAPass_isLeftForTheNext() {
    var lag = none();
    lag.changed(100);
    lag.began(200, false);
    lag.changed(250);
    lag.ended(Set.of(), 300);
    assertEquals(Optional.of(250L), lag.since());
  }

  @Test
  void since_passesThatFail_goesBackToTheFirstChange() {
    var lag = none();
    lag.changed(100);
    lag.began(200, false);
    lag.changed(250);
    lag.began(300, false);
    assertEquals(Optional.of(100L), lag.since());
    lag.ended(Set.of(), 400);
    assertEquals(Optional.empty(), lag.since());
  }

  @Test
  void since_passFailsWithoutAnyChange_isNever() {
    var lag = none();
    lag.began(100, false);
    assertEquals(Optional.empty(), lag.since());
  }

  @Test
  void since_nobodyHearsOfChanges_isTheFirstPassThatDidNotEnd() {
    var lag = none();
    lag.began(100, true);
    lag.began(200, true);
    assertEquals(Optional.of(100L), lag.since());
  }

  @Test
  void since_problems_areCountedEachForItself() {
    var lag = none();
    lag.changed(100);
    lag.began(110, false);
    lag.ended(paths("a"), 120);
    lag.changed(200);
    lag.began(210, false);
    lag.ended(paths("a", "b"), 220);
    assertEquals(Optional.of(100L), lag.since());
    lag.began(300, false);
    lag.ended(paths("b"), 310);
    assertEquals(Optional.of(200L), lag.since());
    lag.began(400, false);
    lag.ended(paths(), 410);
    assertEquals(Optional.empty(), lag.since());
  }
}
