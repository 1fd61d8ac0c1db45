package io.liteferry.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Names;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PortableNameTest {
  @Test
  void parse_nameOfAnyPath_isTheSamePath() {
    var root = Path.of("/");
    for (var name : Names.below(Names.of(root, "dir%20%FF"))) {
      var path = root.relativize(name);
      var text = PortableName.of(path);
      assertTrue(text.chars().allMatch(c -> c > ' ' && c < 127), text);
      assertEquals(path, PortableName.parse(text));
    }
  }

  /** {@code toUri} looks at the disk, and names of directories must not depend on it. */
  @Test
  void of_nameOfADirectoryThatExists_hasNoSlashAtItsEnd() {
    assertEquals("tmp", PortableName.of(Path.of("tmp")));
    assertEquals("usr/bin", PortableName.of(Path.of("usr/bin")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "..", ".", "a%00b", "a b", "%zz", "?x", "#x"})
  void parse_textThatIsNoName_isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> PortableName.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x",
        "a/../../x",
        "a/../b",
        "a/%2e%2e/b",
        "%2e%2e/x",
        "a/.",
        "/etc/passwd",
        "//host/x",
        "%2Fetc",
        "%2F..%2F..%2Fetc",
        "..%2Fx"
      })
  void parse_textThatTriesToLeadOut_staysWithinTheRoot(String text) {
    var root = Path.of("/volume");
    Path path;
    try {
      path = PortableName.parse(text);
    } catch (IllegalArgumentException e) {
      return; // refused is as good
    }
    assertTrue(root.resolve(path).normalize().startsWith(root), path.toString());
    assertFalse(root.resolve(path).normalize().equals(root), path.toString());
  }

  @Test
  void of_absolutePath_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> PortableName.of(Path.of("/x")));
  }
}
