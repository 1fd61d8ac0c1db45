package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TreeImage;
import io.liteferry.state.AgentState;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.CutOffRollback;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The command from its arguments to its exit code. */
final class RollbackCommandTest extends InProcess {
  @BeforeEach
  void publish() throws IOException {
    for (var text : List.of("one", "two, longer")) {
      Files.writeString(local.resolve("file"), text);
      assertEquals(0, run("sync", local, volume), this::said);
    }
  }

  private int rollback(Object... options) {
    var arguments = Stream.of("rollback", local, volume, "--at", "1");
    return run(Stream.concat(arguments, Stream.of(options)).toArray());
  }

  private void assertPlan(int code, Object... options) throws Exception {
    var image = TreeImage.trace(volume);
    assertEquals(code, rollback(options), this::said);
    assertTrue(printed().contains("M  file"), this::printed);
    assertEquals(image, TreeImage.trace(volume));
  }

  /** The plan ends as the rollback would. */
  private void assertRefused(int code, String why, String state) throws Exception {
    for (var option : List.of("--nearest", "--dry-run")) {
      assertPlan(code, "--state", directory.resolve(state), option);
      assertTrue(said().contains(why), this::said);
      assertTrue(!printed().contains("--yes"), this::printed);
    }
    assertEquals(code, rollback("--state", directory.resolve(state), "--yes"));
    assertTrue(said().contains(why), this::said);
  }

  @Test
  void withoutYes_itIsPossible_saysWhatChangesAndHowToDoIt() throws Exception {
    assertPlan(3);
    assertTrue(printed().endsWith("then add --yes to go back\n"), this::printed);
    dryRun("rollback", 0, "--at", "1");
  }

  @Test
  void withoutYes_stateIsOfAnotherDirectory_isRefusedAsWithIt() throws Exception {
    assertRefused(3, "both local and the volume have data", "another");
  }

  @Test
  void withoutYes_anAgentIsAtWork_isRefusedAsWithIt() throws Exception {
    try (var _ = StateDirectory.open(directory.resolve("local.liteferry"), local)) {
      assertRefused(5, "stop it first", "local.liteferry");
    }
  }

  @Test
  void yes_isDone_saysSoInOneLineOfTheLogAndInTheAnswer() throws Exception {
    assertEquals(0, rollback("--yes"), this::said);
    assertEquals("one", Files.readString(volume.resolve("file")));
    assertTrue(printed().startsWith("went back to 1 ("), this::printed);
    assertEquals(1, said().lines().count(), this::said);
  }

  /**
   * Killed before its last manifest; returns its request.
   *
   * @param here whether it was made on this node
   */
  private String cutOff(boolean here) throws Exception {
    var there = new Volume(volume);
    var before = there.manifest().orElseThrow();
    var text = Files.readAllBytes(there.manifestFile());
    assertEquals(0, rollback("--yes"), this::said);
    var made = there.manifest().orElseThrow().publication();
    Files.write(there.manifestFile(), text);
    var request = CutOffRollback.of(there).orElseThrow().request();
    try (var state = StateDirectory.open(directory.resolve("local.liteferry"), local)) {
      state.write(
          AgentState.ready(before.volumeId(), Optional.of(before.publication()))
              .goingBack(Optional.of(request).filter(_ -> here))
              .begin(made));
    }
    return request;
  }

  /** Else the same request, of the next start of a pod, would be carried out once more. */
  @Test
  void sync_rollbackWasCutOff_finishesItWithWhatTheApplicationMadeOfIt() throws Exception {
    var request = cutOff(true);
    Files.writeString(local.resolve("work"), "since then");
    dryRun("sync", 0);
    assertEquals(0, run("sync", local, volume), this::said);
    assertTrue(new Volume(volume).manifest().orElseThrow().applied(request).isPresent());
    assertEquals("since then", Files.readString(volume.resolve("work")));
    assertTrue(
        said().contains("is what point 1 was, with what changed in LOCAL since, if anything;"),
        this::said);
    assertEquals(0, run("sync", local, volume), this::said);
    assertTrue(new Volume(volume).manifest().orElseThrow().applied(request).isPresent());
    assertEquals(4, new Volume(volume).manifest().orElseThrow().generation());
  }

  @Test
  void sync_rollbackWasCutOffElsewhere_isRefused() throws Exception {
    var _ = cutOff(false);
    for (var command : List.of("sync", "watch")) {
      assertEquals(3, run(command, local, volume), this::said);
      assertTrue(said().contains("goes on with it"), this::said);
    }
    dryRun("sync", 3);
  }
}
