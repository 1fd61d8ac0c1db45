package io.liteferry.scan;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NameEventsTest {
  @ParameterizedTest
  @ValueSource(strings = {"a-wal", "d/a-shm", "a.db-journal", ".nfs01", "d/.nfs01"})
  void tellsOf_nameLikeASideFiles_no(String name) {
    assertFalse(NameEvents.tellsOf(Path.of(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "d/a.db", "a-wal/b", ".nfs/b", "a.nfs", ""})
  void tellsOf_otherName_yes(String name) {
    assertTrue(NameEvents.tellsOf(Path.of(name)));
  }

  @Test
  void takeHeard_nobodyListens_isDeaf() {
    assertTrue(NameEvents.DEAF.takeHeard().deaf());
  }
}
