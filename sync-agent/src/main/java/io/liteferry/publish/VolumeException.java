package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.lease.FencedException;
import io.liteferry.lease.LeaseHeldException;
import io.liteferry.lease.LeaseRefusedException;
import io.liteferry.state.StateException;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The volume as a whole does not work now: away, full, read-only, or not the one expected. What was
 * published stays as it was; to be tried again later.
 */
public final class VolumeException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /** Errors that the next file would meet as well, beside those for want of room. */
  private static final Set<Errno> CONCERNS_ALL =
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

  private static final String STAGING = "/" + Volume.OWN + "/staging/";

  private final boolean outOfRoom;

  public VolumeException(String message) {
    this(message, false);
  }

  private VolumeException(String message, boolean outOfRoom) {
    super(message);
    this.outOfRoom = outOfRoom;
  }

  /** The volume has no room, as is known without trying. */
  static VolumeException noRoom(String message) {
    return new VolumeException(message, true);
  }

  VolumeException(Path volume, IOException cause) {
    super("volume %s: %s".formatted(volume, describe(cause)), cause);
    this.outOfRoom = false;
  }

  /** The error as one of the volume, unless it is of the lease or of state, or says so already. */
  public static IOException of(Path volume, IOException e) {
    return e instanceof VolumeException || e instanceof StateException || isOfLease(e)
        ? e
        : new VolumeException(volume, e);
  }

  static boolean isOfLease(IOException e) {
    return e instanceof FencedException
        || e instanceof LeaseHeldException
        || e instanceof LeaseRefusedException;
  }

  /** Whether an error at one file says something about all. */
  static boolean concernsAll(IOException e) {
    return e instanceof VolumeException
        || e instanceof StateException
        || isOfLease(e)
        || isRefusedInStaging(e)
        || Durable.isOutOfRoom(e)
        || CONCERNS_ALL.contains(Errno.of(e));
  }

  /** Whether there is no block, no inode or no quota left for it. */
  static boolean isOutOfRoom(IOException e) {
    return !(e instanceof StateException)
        && (Durable.isOutOfRoom(e) || (e instanceof VolumeException v && v.outOfRoom));
  }

  /** The same, whosever file it is: a quota may be that of one owner. */
  static boolean isOutOfSpace(IOException e) {
    return isOutOfRoom(e) && !describe(e).toLowerCase(Locale.ROOT).contains("quota");
  }

  /** Names in staging are our own, so this is not about the name that one file has. */
  private static boolean isRefusedInStaging(IOException e) {
    return e instanceof AccessDeniedException f
        && f.getOtherFile() == null
        && f.getFile() != null
        && f.getFile().contains(STAGING);
  }

  /** The error in words, with the path that it met. */
  public static String describe(IOException e) {
    return Errno.describe(e);
  }

  /** The kind of error, by which one that goes on is told from a new one: no names, no numbers. */
  public static String kind(IOException e) {
    var root = e instanceof VolumeException && e.getCause() instanceof IOException io ? io : e;
    return Errno.reason(root).replaceAll("\\d+", "N");
  }
}
