package io.liteferry.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.UnknownFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StateDirectoryTest {
  @TempDir Path directory;
  private Path local;
  private Path path;

  @BeforeEach
  void make() throws IOException {
    local = Files.createDirectory(directory.resolve("local"));
    path = directory.resolve("a/b/state");
  }

  private StateDirectory open() throws IOException {
    return StateDirectory.open(path, local);
  }

  @Test
  void read_whatWasWritten_isTheSame() throws IOException {
    var ready = AgentState.ready("V", Optional.of("P"));
    for (var state :
        new AgentState[] {
          AgentState.restoring("V"),
          AgentState.ready("V", Optional.empty()),
          ready,
          ready.begin("Q")
        }) {
      try (var held = open()) {
        held.write(state);
      }
      try (var held = open()) {
        var read = held.read().orElseThrow();
        assertEquals(state, read.under(Optional.empty()));
        assertTrue(held.isOfThisBoot(read), "the kernel's boot id is the same");
      }
    }
  }

  @Test
  void isOfThisBoot_anotherBootOrNone_isFalse() throws IOException {
    for (var boot : List.of(Optional.of("one"), Optional.<String>empty())) {
      try (var held = StateDirectory.open(path, local, boot)) {
        held.write(AgentState.ready("V", Optional.empty()));
      }
      try (var held = StateDirectory.open(path, local, Optional.of("another"))) {
        var read = held.read().orElseThrow();
        assertEquals(boot, read.boot());
        assertFalse(held.isOfThisBoot(read));
        assertEquals(boot.isPresent(), held.isOfAnotherBoot(read));
        held.noteStart();
        assertTrue(held.isOfThisBoot(held.read().orElseThrow()));
      }
      try (var held = StateDirectory.open(path, local, Optional.empty())) {
        assertFalse(held.isOfThisBoot(held.read().orElseThrow()));
      }
    }
  }

  /** As versions before wrote it. */
  @Test
  void read_stateWithoutABoot_isRead() throws IOException {
    try (var held = open()) {
      Files.writeString(
          path.resolve("state.json"), "{\"format\": 1, \"volume\": \"V\", \"phase\": \"ready\"}");
      assertEquals(Optional.of(AgentState.ready("V", Optional.empty())), held.read());
    }
  }

  @Test
  void read_newDirectory_isEmpty() throws IOException {
    try (var held = open()) {
      assertEquals(Optional.empty(), held.read());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{\"format\": 1}",
        "{\"format\": 1, \"volume\": \"V\"}",
        "{\"format\": 1, \"volume\": \"V\", \"phase\": \"dreaming\"}",
        "{\"format\": 1, \"volume\": [], \"phase\": \"ready\"}"
      })
  void read_textThatIsNoState_isDamaged(String text) throws IOException {
    try (var held = open()) {
      Files.writeString(path.resolve("state.json"), text);
      assertThrows(DamagedFileException.class, held::read);
    }
  }

  @Test
  void read_formatOfTheFuture_isRefused() throws IOException {
    try (var held = open()) {
      Files.writeString(path.resolve("state.json"), "{\"format\": 2}");
      assertThrows(UnknownFormatException.class, held::read);
    }
  }

  @Test
  void open_heldByAnother_isRefusedUntilClosed() throws IOException {
    try (var held = open()) {
      assertTrue(Files.isDirectory(held.path()));
      var error = assertThrows(AlreadyRunningException.class, this::open);
      assertTrue(error.getMessage().contains(path.toString()), error.getMessage());
    }
    open().close();
  }

  @Test
  void open_otherStateForTheSameLocal_isRefusedUntilClosed() throws IOException {
    var second = directory.resolve("second");
    try (var held = open()) {
      assertTrue(Files.isDirectory(held.path()));
      assertThrows(AlreadyRunningException.class, () -> StateDirectory.open(second, local));
      assertFalse(Files.exists(second));
    }
    StateDirectory.open(second, local).close();
  }

  @Test
  void close_newDirectoryWithoutState_leavesNoTrace() throws IOException {
    var second = directory.resolve("second");
    try (var held = StateDirectory.open(second, local)) {
      assertTrue(Files.isDirectory(held.scratch().getParent()));
    }
    assertFalse(Files.exists(second));
  }

  /** The application's directory holds no file of ours, not even a lock. */
  @Test
  void open_local_isNotWrittenTo() throws IOException {
    try (var held = open();
        var names = Files.list(local)) {
      assertTrue(Files.isDirectory(held.path()));
      assertEquals(0, names.count());
    }
  }

  @Test
  void scratch_askedTwice_givesTwoFreeNames() throws IOException {
    try (var held = open()) {
      var first = held.scratch();
      assertNotEquals(first, held.scratch());
      assertFalse(Files.exists(first));
      assertTrue(Files.isDirectory(first.getParent()));
    }
  }

  @Test
  void knows_publicationOnTheVolume_isOursOrTheOneUnderWay() {
    var state = AgentState.ready("V", Optional.of("P")).begin("Q");
    assertTrue(state.knows(Optional.of("P")));
    assertTrue(state.knows(Optional.of("Q")));
    assertFalse(state.knows(Optional.of("R")));
    assertFalse(state.knows(Optional.empty()));
    assertTrue(AgentState.ready("V", Optional.empty()).knows(Optional.empty()));
  }
}
