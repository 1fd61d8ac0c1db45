package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

final class LogSetupTest {
  @Test
  void oneLine_plainText_isTheSame() {
    var text = "a name: ü, 🦭, 'quoted', \\u000a";
    assertSame(text, LogSetup.oneLine(text));
    assertEquals("", LogSetup.oneLine(""));
  }

  @Test
  void oneLine_controlCharacters_areWrittenOut() {
    assertEquals("a\\u000ab", LogSetup.oneLine("a\nb"));
    assertEquals("\\u000d\\u000a", LogSetup.oneLine("\r\n"));
    assertEquals("\\u001b[31mred", LogSetup.oneLine("\u001b[31mred"));
    assertEquals(
        "\\u0085\\u2028\\u2029\\u0000\\u0007", LogSetup.oneLine("\u0085\u2028\u2029\0\u0007"));
    assertEquals("cod\\u202eexe.txt", LogSetup.oneLine("cod\u202eexe.txt"));
    assertEquals("\\u009b2J", LogSetup.oneLine("\u009b2J"));
  }
}
