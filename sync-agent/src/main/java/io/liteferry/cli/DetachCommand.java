package io.liteferry.cli;

import io.liteferry.durable.UniqueName;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeasePurpose;
import io.liteferry.lease.LeaseRefusedException;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.lease.LeaseView;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Amount;
import io.liteferry.publish.DetachRefusedException;
import io.liteferry.publish.DetachedHistory;
import io.liteferry.publish.Detachment;
import io.liteferry.publish.Detachment.KeptChoice;
import io.liteferry.publish.Inventory;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The way out. */
@Command(
    name = "detach",
    description =
        "Check every database, then take everything of Liteferry off VOLUME. Stop the application,"
            + " then its agent, first.")
final class DetachCommand extends Subcommand {
  private static final String UNFLUSHED_REMEDY =
      ": start that agent again with its LOCAL and STATE, and stop it, until it exits with 0; if"
          + " that LOCAL is gone or not wanted, give --without-flush";

  @Parameters(index = "0", paramLabel = "VOLUME", description = "The durable directory.")
  Path volume = Path.of("");

  @Option(names = "--dry-run", description = "Say what would be done, and change nothing.")
  boolean dryRun;

  @Option(
      names = "--kept-to",
      paramLabel = "DIR",
      description = "Move the copies that an earlier version kept to this directory on VOLUME.")
  @Nullable Path keptTo;

  @Option(names = "--discard-kept", description = "Delete the copies that an earlier version kept.")
  boolean discardKept;

  @Option(
      names = "--history-to",
      paramLabel = "DIR",
      description = "Move the history to this directory on VOLUME, missing or empty.")
  @Nullable Path historyTo;

  @Option(names = "--discard-history", description = "Delete the history.")
  boolean discardHistory;

  @Option(
      names = "--without-flush",
      description =
          "Go on although the last agent did not flush, and leave what its LOCAL has beyond"
              + " VOLUME.")
  boolean withoutFlush;

  @Mixin LeaseDurations lease = new LeaseDurations();
  @Mixin VerificationOptions verification = new VerificationOptions();

  @Override
  public Integer call() throws Exception {
    lease.check(commandLine());
    if (discardKept && keptTo != null) {
      throw misused("--kept-to and --discard-kept exclude each other");
    }
    if (discardHistory && historyTo != null) {
      throw misused("--history-to and --discard-history exclude each other");
    }
    if (historyTo != null && historyTo.equals(keptTo)) {
      throw misused("--kept-to and --history-to take two directories");
    }
    var root = Argument.VOLUME.readable(volume);
    var detachment =
        new Detachment(
            new Volume(root), verification.databaseCheck(), keptChoice(root), historyChoice(root));
    try {
      if (!detachment.isNeeded()) {
        return nothingToDo(detachment, root);
      }
      Argument.VOLUME.requireWritable(root);
      detachment.requireDecided();
      return dryRun ? preview(detachment, root) : detach(detachment, root);
    } catch (DetachRefusedException e) {
      throw e;
    } catch (IOException e) {
      throw VolumeException.of(root, e);
    }
  }

  private KeptChoice keptChoice(Path root) {
    if (discardKept) {
      return new KeptChoice.Discard();
    }
    return keptTo == null
        ? new KeptChoice.Undecided()
        : new KeptChoice.MoveTo(root.resolve(keptTo).normalize());
  }

  private DetachedHistory.Choice historyChoice(Path root) {
    if (discardHistory) {
      return new DetachedHistory.Choice.Discard();
    }
    return historyTo == null
        ? new DetachedHistory.Choice.Undecided()
        : new DetachedHistory.Choice.MoveTo(root.resolve(historyTo).normalize());
  }

  /** A detach that was cut off at its very end is done; an empty mount point is not. */
  private int nothingToDo(Detachment detachment, Path root) throws IOException, BadPathException {
    Directories.requireNotOfAgent(root);
    var plain = detachment.plain();
    if (plain.databases() + plain.files() == 0) {
      throw new BadPathException(
          ExitCode.VOLUME_UNAVAILABLE,
          "%s is empty, and nothing of Liteferry is there: is it mounted?".formatted(root));
    }
    print("nothing of Liteferry is on %s\n%s".formatted(root, text(plain, root)));
    return ExitCode.OK.code;
  }

  private int preview(Detachment detachment, Path root) throws IOException, BadPathException {
    var holder =
        detachment.needsLease() ? requireFlushed(root) : Optional.<LeaseView.Holder>empty();
    var result = detachment.verify();
    print(result.toString());
    if (!result.isSound()) {
      return ExitCode.CORRUPT.code;
    }
    print(
        "would wait   %s%nwould remove %s%nwould leave  %s"
            .formatted(
                holder
                    .filter(h -> !h.released())
                    .map(h -> "for %s to stop".formatted(LogSetup.oneLine(h.owner())))
                    .orElse("for nobody"),
                new Volume(root).own(),
                text(detachment.plain(), root)));
    return ExitCode.OK.code;
  }

  /**
   * The last holder, if there was one.
   *
   * @throws BadPathException when it is known without waiting that something may not be on the
   *     volume
   */
  private Optional<LeaseView.Holder> requireFlushed(Path root)
      throws IOException, BadPathException {
    var own = new Volume(root).own();
    var holder = new LeaseView(own).holder();
    if (withoutFlush) {
      return holder;
    }
    if (holder.isEmpty() && new Volume(root).manifest().isPresent()) {
      throw new BadPathException(
          ExitCode.REFUSED,
          own
              + "/epochs has no claim, so nothing says whether everything is on the volume"
              + UNFLUSHED_REMEDY);
    }
    if (holder.isPresent() && holder.get().released() && !holder.get().flushed()) {
      throw new BadPathException(
          ExitCode.REFUSED,
          "%s, the last agent on the volume %s, stopped before everything was on it"
                  .formatted(holder.get().owner(), root)
              + UNFLUSHED_REMEDY);
    }
    return holder;
  }

  private int detach(Detachment detachment, Path root)
      throws IOException, InterruptedException, BadPathException {
    var own = new Volume(root).own();
    if (!detachment.needsLease()) {
      detachment.remove(Optional.empty());
      return done(detachment, root);
    }
    requireFlushed(root);
    var held = acquire(own);
    boolean removed = false;
    try {
      detachment.requireDecided(); // again: who had the lease may have changed it
      var result = detachment.verify();
      print(result.toString());
      if (!result.isSound()) {
        return ExitCode.CORRUPT.code;
      }
      detachment.remove(Optional.of(held));
      removed = true;
      return done(detachment, root);
    } finally {
      if (!removed) {
        held.release();
      }
    }
  }

  private Lease acquire(Path own) throws IOException, InterruptedException, BadPathException {
    var settings = new LeaseSettings("detach/" + UniqueName.make(), lease.duration, lease.wait);
    if (withoutFlush) {
      return Lease.acquire(own, settings, LeaseClock.SYSTEM, LeasePurpose.PUBLISH_NOTHING);
    }
    try {
      return Lease.acquire(own, settings, LeaseClock.SYSTEM, LeasePurpose.DETACH);
    } catch (LeaseRefusedException e) {
      throw new BadPathException(ExitCode.REFUSED, e.getMessage() + UNFLUSHED_REMEDY);
    }
  }

  private int done(Detachment detachment, Path root) throws IOException {
    print("detached: " + text(detachment.plain(), root));
    return ExitCode.OK.code;
  }

  private static String text(Inventory.Totals plain, Path root) {
    return "%s and %s, %s, plain, in %s"
        .formatted(
            Amount.of(plain.databases(), "database"),
            Amount.of(plain.files(), "file"),
            Amount.ofBytes(plain.bytes()),
            root);
  }
}
