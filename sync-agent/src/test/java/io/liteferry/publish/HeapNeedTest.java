package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class HeapNeedTest {
  private static final long MIB = 1 << 20;

  /** What the launcher gives it of the chart's limit. */
  private static final long DEFAULT = 384 * MIB * 70 / 100;

  @Test
  void heap_ofTheChartsLimit_isEnoughFor200000Names() {
    assertFalse(new HeapNeed(202_000, DEFAULT).isTight());
    assertTrue(new HeapNeed(300_000, DEFAULT).isTight());
    assertFalse(new HeapNeed(300_000, DEFAULT).isTooSmall());
    assertTrue(new HeapNeed(400_000, DEFAULT).isTooSmall());
  }

  @Test
  void remedy_limitThatItNames_isEnough() {
    assertEquals(
        "raise the memory limit to 472Mi; an -Xmx in JDK_JAVA_OPTIONS to 330m",
        new HeapNeed(300_000, DEFAULT).remedy());
    assertFalse(new HeapNeed(300_000, 472 * MIB * 70 / 100).isTight());
    assertEquals(
        "raise the memory limit to 95Mi; an -Xmx in JDK_JAVA_OPTIONS to 26m",
        new HeapNeed(10_104, 24 * MIB).remedy());
    assertFalse(new HeapNeed(300_000, 330 * MIB).isTight());
  }
}
