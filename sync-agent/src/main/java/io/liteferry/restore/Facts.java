package io.liteferry.restore;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.state.AgentState;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.util.Optional;

/** Gathers what a decision depends on, each time anew. Changes neither local nor the volume. */
final class Facts {
  private static final String RESTORE_FIRST =
      "run 'liteferry restore' first, or 'liteferry run', which does both";

  private final RestoreSite site;
  private final DatabaseCheck check;
  private final Remembered remembered = new Remembered();

  /**
   * Prepares to look.
   *
   * @param check how a database of local is checked after a crash of the node
   */
  Facts(RestoreSite site, DatabaseCheck check) {
    this.site = site;
    this.check = check;
  }

  /**
   * Decides by what is there now.
   *
   * @throws RefusedException when a damaged file leaves nothing to decide by
   */
  Decision decide() throws IOException {
    return decide(known());
  }

  /** As {@link #decide}, where the application may be at work on local. */
  Decision decideKeepingLocal() throws IOException {
    var known = known();
    return decide(known).keepingLocal(known.map(site.state()::isOfAnotherBoot).orElse(false));
  }

  /**
   * As {@link #decide}, where nothing may be copied.
   *
   * @throws RefusedException also when a restore is needed first
   */
  Decision decideWithoutCopy() throws IOException {
    var decision = decide();
    if (decision instanceof Decision.CopyAll) {
      throw new RefusedException(
          "the volume has data and local is "
              + (DataSearch.localIsEmpty(site) ? "empty" : "incomplete"),
          RESTORE_FIRST);
    }
    if (decision instanceof Decision.CopyAgain) {
      throw new RefusedException(
          "somebody else published to the volume since local was restored", RESTORE_FIRST);
    }
    if (decision instanceof Decision.Recover recover) {
      throw new RefusedException(
          "after a crash of the node local is older than the volume or damaged: "
              + Decision.named(recover.databases()),
          RESTORE_FIRST);
    }
    return decision;
  }

  private Decision decide(Optional<AgentState> known) throws IOException {
    var manifest = site.volume().manifestIfReadable();
    var comparison = new LocalVsVolume(site, check, remembered, manifest, known);
    boolean hasData = DataSearch.volumeHasData(site);
    var volume =
        new Decision.VolumeFacts(
            hasData,
            volumeId(known, manifest),
            manifest.map(Manifest::publication),
            (manifest.isPresent() && !hasData)
                ? comparison.volumeMissesDatabases(manifest.get())
                : manifest.map(m -> !m.databases().isEmpty()).orElse(false));
    return Decision.decide(DataSearch.localIsEmpty(site), known, volume, comparison);
  }

  /** A damaged state file says nothing; whether that is harmless, what is on disk decides. */
  private Optional<AgentState> known() throws IOException {
    try {
      return site.state().read();
    } catch (DamagedFileException e) {
      var id = site.volume().id();
      if (id.isPresent() && (DataSearch.localIsEmpty(site) || LocalVsVolume.areIdentical(site))) {
        remembered.warnOnce(
            e.getMessage() + "; local agrees with the volume, so the agent writes the state anew");
        return Optional.of(
            AgentState.ready(
                id.get(), site.volume().manifestIfReadable().map(Manifest::publication)));
      }
      throw new RefusedException(
          e.getMessage() + ", and local is not the same as the volume",
          "to take the volume's data, move LOCAL's content and STATE away");
    }
  }

  boolean isStateDamaged() throws IOException {
    try {
      site.state().read();
      return false;
    } catch (DamagedFileException e) {
      return true;
    }
  }

  /**
   * The volume's id. A damaged marker is as good as a whole one when the manifest and state agree.
   */
  Optional<String> volumeId(Optional<AgentState> known, Optional<Manifest> manifest)
      throws IOException {
    try {
      return site.volume().id();
    } catch (DamagedFileException e) {
      var id = manifest.map(Manifest::volumeId);
      if (id.isPresent() && (known.isEmpty() || id.equals(known.map(AgentState::volumeId)))) {
        remembered.warnOnce(e.getMessage() + "; the agent writes it anew from the manifest");
        return id;
      }
      throw new RefusedException(
          e.getMessage() + ", and nothing else says which volume this is",
          "move the volume's .liteferry away; the volume then counts as new");
    }
  }
}
