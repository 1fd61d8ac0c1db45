package io.liteferry.lease;

import io.liteferry.durable.Durable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * By what the lease of a volume is held, in the directory of ours there.
 *
 * @param own that directory; not read by this, and perhaps missing
 * @param staging holds a directory for each claim
 */
record LeaseFiles(Path own, Path staging, Epochs epochs, Reserve reserve) {
  LeaseFiles(Path own) {
    this(own, own.resolve("staging"), new Epochs(own.resolve("epochs")), new Reserve(own));
  }

  /** Whether there is a file in the place of staging, so that nobody can have the lease. */
  boolean isDismantled() throws IOException {
    return Durable.isFile(staging);
  }

  Path volume() {
    return Objects.requireNonNull(own.getParent());
  }

  /** Tells the holder of an earlier epoch who has this one. */
  FencedException fencedBy(long epoch) {
    String holder;
    try {
      holder = Claim.read(epochs.claimFile(epoch)).map(Claim::holder).orElse("another agent");
    } catch (IOException e) {
      holder = "another agent";
    }
    return new FencedException(volume(), epoch, holder);
  }

  /**
   * Makes sure that this is the volume on which an epoch was claimed: who has another one, or an
   * older copy, in its place has no right to claim there, as that would fence whoever works on it.
   *
   * @param ours the staging directory of that epoch
   * @throws IOException when it is not, or does not work
   */
  void requireClaim(long epoch, Staging ours) throws IOException {
    var claim = Claim.read(epochs.claimFile(epoch));
    if (claim.map(Claim::staging).filter(ours.name()::equals).isEmpty()) {
      throw new IOException(
          "the volume %s does not have the claim of this agent (epoch %d): is another volume mounted?"
              .formatted(volume(), epoch));
    }
  }
}
