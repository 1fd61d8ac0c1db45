package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TreeImage;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
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
}
