package io.liteferry.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.liteferry.durable.Durable;
import io.liteferry.sqlite.SideFile;
import io.liteferry.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of what a restore takes out of local. */
final class SetAsideTest {
  private static final Path NAME = Path.of("d/app.db");

  @TempDir Path directory;
  private Path local;
  private StateDirectory state;

  @BeforeEach
  void open() throws IOException {
    local = directory.resolve("local");
    Files.createDirectories(local.resolve("d"));
    state = StateDirectory.open(directory.resolve("state"), local);
  }

  @AfterEach
  void close() throws IOException {
    state.close();
  }

  private Path keep(String content) throws IOException {
    Files.writeString(local.resolve(NAME), content);
    return new SetAside(local, state).keep(Set.of(NAME));
  }

  @Test
  void keep_sameContentAgain_takesNoMoreRoom() throws IOException {
    var first = keep("x");
    assertEquals(first, keep("x"));
    assertEquals(first, keep("x"));
  }

  @Test
  void keep_anotherSideFileBesideTheSameContent_isAnotherCopy() throws IOException {
    var first = keep("x");
    Files.writeString(SideFile.WAL.of(local.resolve(NAME)), "w");
    var second = keep("x");
    assertNotEquals(first, second);
    assertEquals("w", Files.readString(SideFile.WAL.of(second.resolve(NAME))));
    Files.delete(SideFile.WAL.of(local.resolve(NAME)));
    assertEquals(first, keep("x"));
  }

  /** A crash loop, with an application that changes something in each turn. */
  @Test
  void keep_againAndAgain_leavesTheNewestThree() throws IOException {
    for (int i = 1; i <= 12; i++) {
      assertEquals("copy " + i, Files.readString(keep("copy " + i).resolve(NAME)));
    }
    var kept = new TreeSet<String>();
    for (var aside : Durable.list(directory.resolve("state/set-aside"))) {
      kept.add(Files.readString(aside.resolve(NAME)));
    }
    assertEquals(new TreeSet<>(Set.of("copy 10", "copy 11", "copy 12")), kept);
  }

  /** What somebody put beside them is not ours. */
  @Test
  void keep_othersNamesInThere_areLeft() throws IOException {
    var first = keep("copy 0");
    Files.writeString(first.resolveSibling("notes"), "mine");
    for (int i = 1; i <= 5; i++) {
      keep("copy " + i);
    }
    assertEquals("mine", Files.readString(first.resolveSibling("notes")));
  }
}
