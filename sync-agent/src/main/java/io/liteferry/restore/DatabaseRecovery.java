package io.liteferry.restore;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.publish.Amount;
import io.liteferry.publish.DirectUse;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.SideFile;
import io.liteferry.sqlite.SideFileRecovery;
import io.liteferry.volume.Attributes;
import io.liteferry.volume.LazyTips;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.OpenSegments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes sure that the databases on a volume are fit to run with; folds in their side files. */
final class DatabaseRecovery {
  private static final Logger log = LoggerFactory.getLogger(DatabaseRecovery.class);

  private final RestoreSite site;
  private final DatabaseCheck check;
  private final LazyTips tips;

  /**
   * Prepares to check.
   *
   * @param check how each database is checked before local counts as ready
   */
  DatabaseRecovery(RestoreSite site, DatabaseCheck check) {
    this.site = site;
    this.check = check;
    tips = new LazyTips(site.volume());
  }

  /**
   * Checks every database on the volume, on a copy in state: before a good local is given up.
   *
   * @throws UnsoundDatabaseException when one is not known to be sound
   */
  void checkOnVolume(VolumeContent content) throws IOException {
    tips.forget();
    for (var database : content.databases()) {
      var path = database.path();
      Path copy;
      boolean sides = !DirectUse.sideFilesWithContent(site.volume(), path).isEmpty();
      try {
        copy = DirectUse.foldedCopy(site.volume(), site.state(), path);
      } catch (SideFileRecovery.RecoveryException e) {
        throw notRecovered(path, e);
      }
      try {
        if (!sides) {
          foldSegments(path, Digest.of(copy), copy);
        }
        requireSound(path, copy);
      } finally {
        Files.deleteIfExists(copy);
      }
    }
  }

  /**
   * Folds in the side files that were copied to local, and checks every database there.
   *
   * @param digests of what was copied; loses those of side files, and of the databases into which
   *     these were folded
   * @throws UnsoundDatabaseException when one is not known to be sound
   */
  void recoverAndCheck(VolumeContent content, Map<Path, Digest> digests) throws IOException {
    var manifest = site.volume().manifestIfReadable();
    tips.forget(); // of an earlier look
    for (var database : content.databases()) {
      var path = database.path();
      @Nullable Digest copied = digests.get(path);
      if (digests.keySet().removeAll(SideFile.withContentOf(path))) {
        log.warn("{} has side files of a direct use on the volume; the agent folds them in", path);
        recover(database);
        requireSound(path, site.inLocal(path));
        Attributes.set(site.inLocal(path), database);
        digests.remove(path);
      } else {
        if (copied != null && foldSegments(path, copied, site.inLocal(path))) {
          Attributes.set(site.inLocal(path), database);
        }
        requireSound(path, site.inLocal(path));
      }
      sayIfForeign(manifest, path, copied);
    }
  }

  /**
   * Brings a copy of a plain file to the state that segments lead to.
   *
   * @param plain the digest of the copy
   * @return whether there are any
   * @throws UnsoundDatabaseException when they do not lead to what was published
   */
  private boolean foldSegments(Path path, Digest plain, Path copy) throws IOException {
    var volume = site.volume();
    try {
      var tip = tips.get().of(path, plain, copy);
      if (tip.setAside() > 0) {
        log.warn(
            "{} on the volume is not what was published: what was published since as {} is not"
                + " used; liteferry history shows it",
            path,
            Amount.of(tip.setAside(), "segment"));
      }
      if (tip.segments().isEmpty()) {
        return false;
      }
      try (var segments = OpenSegments.of(volume, path, tip.segments())) {
        segments.foldInto(copy);
      }
      Durable.sync(copy); // it was synced as it was copied, if at all
      return true;
    } catch (DamagedFileException e) {
      throw UnsoundDatabaseException.corrupt(
          volume.root(), path, List.of(String.valueOf(e.getMessage())));
    }
  }

  private void recover(Entry database) throws IOException {
    try {
      SideFileRecovery.recover(site.inLocal(database.path()));
    } catch (SideFileRecovery.RecoveryException e) {
      throw notRecovered(database.path(), e);
    }
  }

  private UnsoundDatabaseException notRecovered(Path path, SideFileRecovery.RecoveryException e) {
    return UnsoundDatabaseException.corrupt(
        site.volume().root(), path, List.of(String.valueOf(e.getMessage())));
  }

  private void requireSound(Path path, Path copy) throws IOException {
    var volume = site.volume().root();
    switch (check.check(copy)) {
      case DatabaseCheck.Outcome.Corrupt corrupt ->
          throw UnsoundDatabaseException.corrupt(volume, path, corrupt.findings());
      case DatabaseCheck.Outcome.Unfinished unfinished ->
          throw UnsoundDatabaseException.unchecked(volume, path, unfinished.why());
      case DatabaseCheck.Outcome.NotChecked not ->
          throw UnsoundDatabaseException.unchecked(volume, path, not.why());
      case DatabaseCheck.Outcome.PartlyChecked partly ->
          log.warn("{} is restored without a full check: {}", path, partly.why());
      case DatabaseCheck.Outcome.Sound sound -> {}
    }
  }

  private static void sayIfForeign(
      Optional<Manifest> manifest, Path path, @Nullable Digest digest) {
    if (manifest.isPresent() && digest != null) {
      Manifest.@Nullable Database listed = manifest.get().databases().get(path);
      if (listed == null || !listed.names(digest)) {
        log.warn("somebody else put {} on the volume; it is sound, and restored", path);
      }
    }
  }
}
