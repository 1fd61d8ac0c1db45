package io.liteferry.publish;

import org.slf4j.Logger;

/**
 * Whether the heap has room for a tree: an agent keeps what it knows of each name, and in a pass
 * what changes. The figures are those that docs/performance.md has, rounded up.
 *
 * @param names in the larger of local and the volume
 * @param heap the most that it may have, in bytes
 */
public record HeapNeed(long names, long heap) {
  /** Without any name: classes, buffers, a database's pages. */
  private static final long OWN = 16_000_000;

  private static final long NAME = 800;
  private static final long CHANGED_NAME = 1_100;

  private static final long MIB = 1 << 20;

  /** What the process takes beside its heap. */
  private static final long BESIDE = 72_000_000;

  /** What the launcher gives the heap of a limit. */
  private static final long PERCENT = 70;

  /** Of a smaller limit it gives half. */
  private static final long SMALL = 250_000_000;

  /** Of this process. */
  public static HeapNeed of(long names) {
    return new HeapNeed(names, Runtime.getRuntime().maxMemory());
  }

  /** Whether it has no room for a pass that changes little: then it ends with exit code 11. */
  public boolean isTooSmall() {
    return heap < OWN + NAME * names;
  }

  /** Whether it has no room for a pass that changes all of them. */
  public boolean isTight() {
    return heap < most();
  }

  private long most() {
    return OWN + CHANGED_NAME * names;
  }

  /** The limit of a container whose heap has room, in MiB. */
  private long limit() {
    long limit = Math.max(most() * 100 / PERCENT, most() + BESIDE);
    return Math.ceilDiv(limit < SMALL ? Math.max(limit, 2 * most()) : limit, MIB);
  }

  /** What to do when it is tight. */
  public String remedy() {
    return "raise the memory limit to %dMi; an -Xmx in JDK_JAVA_OPTIONS to %dm"
        .formatted(limit(), Math.ceilDiv(most(), MIB));
  }

  /** Says so once, if it is tight. */
  void say(Notices notices, Logger log) {
    if (isTight()) {
      notices.once("memory", () -> log.warn("{}: {}", this, remedy()));
    }
  }

  /** For people. */
  @Override
  public String toString() {
    return "the heap may have %s; %s needed for %s, and %s when all change at once"
        .formatted(
            Amount.ofBytes(heap),
            Amount.ofBytes(OWN + NAME * names),
            Amount.of(names, "name"),
            Amount.ofBytes(most()));
  }
}
