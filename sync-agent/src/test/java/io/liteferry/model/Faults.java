package io.liteferry.model;

import io.liteferry.model.Gate.Fate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Which errors an operation can meet. */
final class Faults {
  private Faults() {}

  /**
   * The errors of one request, those whose reply was lost after the server had done it included.
   */
  static List<Fate.Fails> of(Request.Kind kind) {
    return switch (kind) {
      // what may not be seen for itself counts as absent, for as long as the agent runs
      case LOOK, LIST -> List.of(fails(Errno.EIO), fails(Errno.ESTALE));
      case OPEN, READ, READ_LINK, ASK_SPACE ->
          List.of(fails(Errno.EIO), fails(Errno.ESTALE), fails(Errno.EACCES));
      case CREATE ->
          List.of(
              fails(Errno.ENOSPC),
              fails(Errno.EROFS),
              fails(Errno.EACCES),
              lostReply(Errno.EEXIST),
              lostReply(Errno.EIO));
      case WRITE -> List.of(fails(Errno.ENOSPC), fails(Errno.EDQUOT), lostReply(Errno.EIO));
      case SYNC -> List.of(fails(Errno.EIO), fails(Errno.EDQUOT), fails(Errno.ENOSPC));
      case SET -> List.of(fails(Errno.EPERM), fails(Errno.EIO), lostReply(Errno.EIO));
      case RENAME ->
          List.of(
              fails(Errno.EIO),
              fails(Errno.ENOSPC),
              fails(Errno.EACCES),
              fails(Errno.ESTALE),
              lostReply(Errno.ENOENT),
              lostReply(Errno.EIO));
      case LINK, SYMLINK, MAKE_DIRECTORY ->
          List.of(
              fails(Errno.EDQUOT), fails(Errno.EIO), lostReply(Errno.EEXIST), lostReply(Errno.EIO));
      case REMOVE ->
          List.of(
              fails(Errno.EACCES), fails(Errno.EIO), lostReply(Errno.ENOENT), lostReply(Errno.EIO));
    };
  }

  private static Fate.Fails fails(Errno errno) {
    return new Fate.Fails(errno, false);
  }

  private static Fate.Fails lostReply(Errno errno) {
    return new Fate.Fails(errno, true);
  }

  /** One request fails, all others pass. */
  static Gate once(int number, Fate fate) {
    return request -> request.number() == number ? fate : Fate.Passes.ONCE;
  }

  /** From one request on, everything of these kinds fails. */
  static Gate from(int number, Set<Request.Kind> kinds, Errno errno) {
    return request ->
        request.number() >= number && kinds.contains(request.kind())
            ? new Fate.Fails(errno, false)
            : Fate.Passes.ONCE;
  }

  /** What needs room. */
  static final Set<Request.Kind> GROWING =
      EnumSet.of(
          Request.Kind.CREATE,
          Request.Kind.WRITE,
          Request.Kind.SYMLINK,
          Request.Kind.LINK,
          Request.Kind.MAKE_DIRECTORY);

  /** What changes anything. */
  static final Set<Request.Kind> CHANGING =
      EnumSet.range(Request.Kind.CREATE, Request.Kind.MAKE_DIRECTORY);

  /** Everything. */
  static final Set<Request.Kind> ALL = EnumSet.allOf(Request.Kind.class);
}
