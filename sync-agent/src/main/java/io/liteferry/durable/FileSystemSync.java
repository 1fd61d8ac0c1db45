package io.liteferry.durable;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes everything durable that anybody wrote to a file system, by one syncfs(2). For one thread.
 * {@code docs/adr/0021-one-sync-for-a-restore.md} says where that is as good as a sync of each
 * file.
 */
public final class FileSystemSync implements AutoCloseable {
  /**
   * Those that are known to bring everything to the disk and to tell each error. FUSE tells its
   * server nothing, overlayfs knows no error of the files below it.
   */
  private static final Set<Long> KINDS =
      Set.of(
          0xEF53L, // ext2 to ext4
          0x58465342L, // XFS
          0x9123683EL, // Btrfs
          0xF2F52010L, // F2FS
          0x2FC12FC1L, // ZFS
          0x01021994L, // tmpfs
          0x858458F6L); // ramfs

  private static final Pattern KERNEL = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);

  private final Path directory;
  private final Object device;
  private final int descriptor;

  private FileSystemSync(Path directory) throws IOException {
    this.directory = directory;
    device = device(directory);
    descriptor = LibC.open(directory);
  }

  /**
   * Says that one of this directory will be opened soon: what that needs is made ready on another
   * processor.
   */
  public static void prepare(Path directory) {
    if (isKernelFitFor(directory)) {
      Thread.ofPlatform().daemon().name("libc").start(FileSystemSync::canCall);
    }
  }

  /** Whether this process may call functions of the C library, and they are there. */
  private static boolean canCall() {
    try {
      LibC.load();
      return true;
    } catch (LinkageError e) {
      return false; // a sync of each file does as well
    }
  }

  private static boolean isKernelFitFor(Path directory) {
    return directory.getFileSystem() == FileSystems.getDefault()
        && isKernelFit(System.getProperty("os.version"));
  }

  /**
   * Opens the file system of a directory; the caller closes it. Of what is written from now on each
   * error is told by {@link #sync}: of an earlier one another sync may have been told.
   *
   * @return empty where only a sync of each file makes it durable
   */
  public static Optional<FileSystemSync> open(Path directory) throws IOException {
    if (!isKernelFitFor(directory) || !canCall()) {
      return Optional.empty();
    }
    var opened = new FileSystemSync(directory);
    boolean fit = false;
    try {
      fit = KINDS.contains(LibC.kindOfFileSystem(opened.descriptor, directory));
      return fit ? Optional.of(opened) : Optional.empty();
    } finally {
      if (!fit) {
        opened.close();
      }
    }
  }

  /** Kernels before 5.8 tell no error of what was written back before the call. */
  static boolean isKernelFit(String version) {
    var numbers = KERNEL.matcher(version);
    if (!numbers.matches()) {
      return false;
    }
    int major = Integer.parseInt(numbers.group(1));
    return major > 5 || (major == 5 && Integer.parseInt(numbers.group(2)) >= 8);
  }

  /** Whether this is the file system of another directory, too. For any thread. */
  public boolean isOf(Path other) throws IOException {
    return device(other).equals(device);
  }

  private static Object device(Path path) throws IOException {
    return Files.getAttribute(path, "unix:dev", NOFOLLOW_LINKS);
  }

  /**
   * Makes everything on it durable.
   *
   * @throws IOException when something on it could not be written, whosever it is
   */
  public void sync() throws IOException {
    LibC.syncfs(descriptor, directory);
    // Kernels before 5.17 may not tell that the file system itself has failed; this does.
    Durable.syncDirectory(directory);
  }

  @Override
  public void close() throws IOException {
    LibC.close(descriptor, directory);
  }
}
