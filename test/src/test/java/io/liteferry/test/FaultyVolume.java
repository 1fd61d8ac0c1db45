package io.liteferry.test;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A volume that fails on demand: a directory seen through {@code test/faults/faultfs.py}. What is
 * really there is looked at in the directory itself, behind the faults.
 */
final class FaultyVolume implements AutoCloseable {
  private static final String REMEDY =
      "this test needs FUSE: run it as root on Debian or Ubuntu with the package python3-fusepy and"
          + " the device /dev/fuse";

  private final Path behind;
  private final Path mount;
  private final Path rules;
  private final Path log;
  private final Process process;
  private long appliedBefore;

  private FaultyVolume(Path behind, Path mount, Path rules, Path log, Process process) {
    this.behind = behind;
    this.mount = mount;
    this.rules = rules;
    this.log = log;
    this.process = process;
  }

  /** Mounts it; nothing fails yet. */
  static FaultyVolume mount(Workplace workplace) throws Exception {
    if (!Files.exists(Path.of("/dev/fuse"))) {
      throw new AssertionError(REMEDY + ": the device is missing");
    }
    var behind = workplace.directory("behind");
    var mount = workplace.directory("volume");
    var rules = workplace.root().resolve("rules.json");
    var log = workplace.root().resolve("faultfs.log");
    var process =
        new ProcessBuilder(
                "/usr/bin/python3",
                Path.of("faults", "faultfs.py").toAbsolutePath().toString(),
                behind.toString(),
                mount.toString(),
                rules.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    var volume = new FaultyVolume(behind, mount, rules, log, process);
    volume.rules();
    Await.until(
        "the file system of faultfs.py",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError(REMEDY + ":\n" + Files.readString(log));
          }
          return isMounted(mount);
        });
    return volume;
  }

  private static boolean isMounted(Path mount) throws IOException {
    return Files.readString(Path.of("/proc/self/mounts")).contains(" " + mount + " ");
  }

  /** As the agent sees it. */
  Path path() {
    return mount;
  }

  /** The directory itself. */
  Path behind() {
    return behind;
  }

  /** From now on these, and no others; each as faultfs.py describes it. None: all is well. */
  void rules(String... all) throws IOException {
    appliedBefore = applied();
    var next = Files.writeString(rules.resolveSibling("rules.next"), "[" + join(all) + "]");
    Files.move(next, rules, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String join(String[] all) {
    return String.join(", ", all).replace('\'', '"');
  }

  /** How many operations met a rule so far. */
  long applied() throws IOException {
    var applied = new File(rules + ".applied").toPath();
    if (!Files.exists(applied)) {
      return 0;
    }
    try (var lines = Files.lines(applied)) {
      return lines.count();
    }
  }

  /** Waits until one of the rules that were given last was met: all who met it may hang by now. */
  void awaitApplied() throws Exception {
    Await.until("an operation that meets a rule", () -> applied() > appliedBefore);
  }

  @Override
  public void close() throws IOException {
    rules();
    try {
      if (process.isAlive()) {
        new ProcessBuilder(List.of("umount", "-l", mount.toString())).inheritIO().start().waitFor();
      }
      if (!process.waitFor(Liteferry.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    var said = Files.readString(log);
    if (said.contains("Traceback")) {
      throw new AssertionError("faultfs.py has failed:\n" + said);
    }
  }
}
