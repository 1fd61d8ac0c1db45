package io.liteferry.durable;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.URLDecoder;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * Functions of the C library for which Java has no method. Its first use takes some 50 ms of one
 * processor, and each use throws a {@link LinkageError} where they may not be called or one is
 * missing.
 */
final class LibC {
  /** The same number on each processor, unlike that of O_DIRECTORY. */
  private static final int O_CLOEXEC = 0x80000;

  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

  private static final MethodHandle OPEN =
      find(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          ERRNO,
          Linker.Option.firstVariadicArg(2));

  private static final MethodHandle SYNCFS =
      find("syncfs", FunctionDescriptor.of(JAVA_INT, JAVA_INT), ERRNO);

  private static final MethodHandle FSTATFS =
      find("fstatfs", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS), ERRNO);

  private static final MethodHandle CLOSE =
      find("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT), ERRNO);

  private static final MethodHandle STRERROR =
      find("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));

  /** More than the 120 that struct statfs takes. */
  private static final int STATFS_BYTES = 256;

  private LibC() {}

  /** Makes the calls that follow fast. */
  static void load() {}

  /** A call that returns -1 when it fails, and then leaves the error's number in a segment. */
  @FunctionalInterface
  private interface Call {
    int by(MemorySegment errno) throws Throwable;
  }

  /** Opens a directory for reading. Returns its descriptor, for the caller to close. */
  static int open(Path directory) throws FileSystemException {
    try (var arena = Arena.ofConfined()) {
      // byte by byte: names need not be UTF-8
      var bytes = URLDecoder.decode(directory.toUri().getRawPath().replace("+", "%2B"), ISO_8859_1);
      var name = arena.allocateFrom(bytes, ISO_8859_1);
      return call(directory, errno -> (int) OPEN.invokeExact(errno, name, O_CLOEXEC));
    }
  }

  /**
   * Makes everything on a file system durable.
   *
   * @param descriptor of something on it
   * @param name what that is, for errors
   */
  static void syncfs(int descriptor, Path name) throws FileSystemException {
    var unused = call(name, errno -> (int) SYNCFS.invokeExact(errno, descriptor));
  }

  /**
   * Of which kind a file system is, as a number of {@code linux/magic.h}: the first eight bytes of
   * struct statfs, on amd64 and arm64. On a processor where that is different it is none of these.
   *
   * @param descriptor of something on it
   * @param name what that is, for errors
   */
  static long kindOfFileSystem(int descriptor, Path name) throws FileSystemException {
    try (var arena = Arena.ofConfined()) {
      var statfs = arena.allocate(STATFS_BYTES, Long.BYTES);
      var unused = call(name, errno -> (int) FSTATFS.invokeExact(errno, descriptor, statfs));
      return statfs.get(JAVA_LONG, 0);
    }
  }

  static void close(int descriptor, Path name) throws FileSystemException {
    var unused = call(name, errno -> (int) CLOSE.invokeExact(errno, descriptor));
  }

  private static int call(Path name, Call call) throws FileSystemException {
    try (var arena = Arena.ofConfined()) {
      var errno = arena.allocate(Linker.Option.captureStateLayout());
      int result = call.by(errno);
      if (result < 0) {
        throw new FileSystemException(name.toString(), null, text(errno.get(JAVA_INT, 0)));
      }
      return result;
    } catch (FileSystemException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("restricted") // strerror(3) returns a text with a zero at its end
  private static String text(int errno) throws Throwable {
    return ((MemorySegment) STRERROR.invokeExact(errno)).reinterpret(Long.MAX_VALUE).getString(0);
  }

  @SuppressWarnings("restricted") // the types are those of the C library
  private static MethodHandle find(String name, FunctionDescriptor type, Linker.Option... options) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type, options);
  }
}
