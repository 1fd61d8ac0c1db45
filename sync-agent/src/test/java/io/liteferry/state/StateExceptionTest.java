package io.liteferry.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateExceptionTest {
  private static final Path STATE = Path.of("/state");
  private static final Path FULL = Path.of("/dev/full");

  @TempDir Path directory;

  @Test
  void of_noRoom_namesStateAndTheRemedy() {
    for (var why : new String[] {"No space left on device", "Disk quota exceeded"}) {
      for (var e :
          new IOException[] {
            new IOException(why), new FileSystemException("/state/staging/s0", null, why)
          }) {
        assertEquals(
            "STATE /state is full (%s): make room there, or give it a larger disk".formatted(why),
            StateException.of(STATE, e).getMessage());
      }
    }
  }

  @Test
  void of_anotherError_namesStateAndTheFile() {
    assertEquals(
        "STATE /state cannot be written to: Input/output error: /state/index",
        StateException.of(
                STATE, new FileSystemException("/state/index", null, "Input/output error"))
            .getMessage());
  }

  /** A device that takes nothing for want of room. */
  @Test
  void writing_stateIsFull_saysThatItIsState() throws IOException {
    var local = Files.createDirectory(directory.resolve("local"));
    try (var held = StateDirectory.open(directory.resolve("state"), local)) {
      var e =
          assertThrows(
              StateException.class, () -> held.writing(() -> Files.writeString(FULL, "index")));
      assertTrue(e.getMessage().startsWith("STATE " + held.path() + " is full"), e.getMessage());
    }
  }

  @Test
  void write_placeIsTaken_saysThatItIsState() throws IOException {
    var local = Files.createDirectory(directory.resolve("local"));
    try (var held = StateDirectory.open(directory.resolve("state"), local)) {
      Files.createDirectories(held.path().resolve("state.json/x"));
      var e =
          assertThrows(
              StateException.class, () -> held.write(AgentState.ready("V", Optional.empty())));
      assertTrue(e.getMessage().startsWith("STATE " + held.path() + " cannot"), e.getMessage());
    }
  }

  @Test
  void copyIn_sourceIsMissing_isNoErrorOfState() throws IOException {
    var local = Files.createDirectory(directory.resolve("local"));
    try (var held = StateDirectory.open(directory.resolve("state"), local)) {
      assertThrows(
          java.nio.file.NoSuchFileException.class,
          () -> held.copyIn(directory.resolve("missing"), held.scratch()));
    }
  }

  @Test
  void readSaid_whatWasWritten_isTheSameAndWhatIsNotUnderstoodIsNothing() throws IOException {
    var local = Files.createDirectory(directory.resolve("local"));
    try (var held = StateDirectory.open(directory.resolve("state"), local)) {
      assertEquals(Set.of(), held.readSaid());
      held.writeSaid(Set.of("a", "b"));
      assertEquals(Set.of("a", "b"), held.readSaid());
      Files.writeString(held.path().resolve("said"), "liteferry-said 2\na\n");
      assertEquals(Set.of(), held.readSaid());
      Files.write(held.path().resolve("said"), new byte[] {(byte) 0xff, 0});
      assertEquals(Set.of(), held.readSaid());
    }
  }
}
