package io.liteferry.lease;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.durable.SourceException;
import io.liteferry.durable.UnknownFormatException;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The volume does not work now: away, full, read-only, or not the one expected; or it refuses one
 * name. What was published stays as it was; to be tried again later.
 *
 * <p>Whoever works on the volume throws this for whatever fails there. So an {@link IOException} of
 * another class arose on the node, but for {@link DamagedFileException} and {@link
 * UnknownFormatException}: the volume has answered, and what it said is not understood.
 */
public sealed class VolumeException extends IOException
    permits FencedException, LeaseHeldException, LeaseRefusedException {
  @Serial private static final long serialVersionUID = 1;

  /** Answers that the next file would get as well, beside those for want of room. */
  private static final Set<Errno> CONCERN_ALL =
      EnumSet.of(
          Errno.EROFS,
          Errno.EIO,
          Errno.ESTALE,
          Errno.ENOTCONN,
          Errno.ETIMEDOUT,
          Errno.EHOSTDOWN,
          Errno.ENODEV,
          Errno.EMFILE,
          Errno.ENFILE);

  private final Errno errno;
  private final boolean concernsAll;

  /** Of the volume as a whole. */
  public VolumeException(String message) {
    this(message, null, Errno.OTHER, true);
  }

  private VolumeException(
      String message, @Nullable IOException cause, Errno errno, boolean concernsAll) {
    super(message, cause);
    this.errno = errno;
    this.concernsAll = concernsAll;
  }

  private VolumeException(Path volume, IOException cause, boolean concernsAll) {
    this(
        "volume %s: %s".formatted(volume, Errno.describe(cause)),
        cause,
        Errno.of(cause),
        concernsAll || concernsAll(cause));
  }

  /** The volume has no room, as is known without trying. */
  public static VolumeException noRoom(String message) {
    return new VolumeException(message, null, Errno.ENOSPC, true);
  }

  /** An error that arose on the volume, as one of it; itself when it is one already. */
  public static VolumeException of(Path volume, IOException e) {
    return switch (e) {
      case VolumeException v -> v;
      case SourceException source -> of(volume, source.error());
      default -> new VolumeException(volume, e, false);
    };
  }

  /** The same, of one at a name of our own: that it is refused is not about one file. */
  static VolumeException atOurOwn(Path volume, IOException e) {
    return e instanceof VolumeException v
        ? v
        : new VolumeException(volume, e, Errno.of(e) == Errno.EACCES);
  }

  /** This error, of something that no change of the volume can do without. */
  public VolumeException ofAll() {
    return concernsAll
        ? this
        : new VolumeException(String.valueOf(getMessage()), this, errno, true);
  }

  /** Something that is done on the volume and nowhere else. */
  @FunctionalInterface
  public interface Work<T> {
    T run() throws IOException;
  }

  /** The same, without a result. */
  @FunctionalInterface
  public interface Step {
    void run() throws IOException;
  }

  /** Does something on the volume and nowhere else: what fails in it is the volume's. */
  public static <T> T on(Path volume, Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (DamagedFileException | UnknownFormatException e) {
      throw e;
    } catch (IOException e) {
      throw of(volume, e);
    }
  }

  /** Empty when this user may not read what is read: one file must not hold up all others. */
  public static <T> Optional<T> unlessDenied(Work<T> reading) throws IOException {
    try {
      return Optional.of(reading.run());
    } catch (VolumeException e) {
      if (!e.errno.isDenied()) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** Whether an error at one file says something about all. */
  public static boolean concernsAll(IOException e) {
    return e instanceof VolumeException v
        ? v.concernsAll
        : Durable.isOutOfRoom(e) || CONCERN_ALL.contains(Errno.of(e));
  }

  /** Whether the volume has no block, no inode or no quota left for it. */
  public static boolean isOutOfRoom(IOException e) {
    return e instanceof VolumeException v && v.errno.isOutOfRoom();
  }

  /** The same, whosever file it is: a quota may be that of one owner. */
  public static boolean isOutOfSpace(IOException e) {
    return e instanceof VolumeException v && v.errno == Errno.ENOSPC;
  }

  /** Whether that is all that went wrong, also in cleaning up: no request is in doubt. */
  public static boolean isOutOfRoomAlone(IOException e) {
    return isOutOfRoom(e)
        && Stream.of(e, asItArose(e))
            .flatMap(one -> Stream.of(one.getSuppressed()))
            .allMatch(Durable::isOutOfRoom);
  }

  /** The error in words, to be told beside the name of what it is about. */
  public static String why(IOException e) {
    return Errno.describe(asItArose(e));
  }

  /** The kind of error, by which one that goes on is told from a new one: no names, no numbers. */
  public static String kind(IOException e) {
    return Errno.reason(asItArose(e)).replaceAll("\\d+", "N");
  }

  private static IOException asItArose(IOException e) {
    return e instanceof VolumeException && e.getCause() instanceof IOException cause ? cause : e;
  }
}
