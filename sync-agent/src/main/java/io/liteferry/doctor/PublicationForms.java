package io.liteferry.doctor;

import io.liteferry.durable.PortableName;
import io.liteferry.publish.Amount;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.WholeReason;
import io.liteferry.restore.RestoreSite;
import io.liteferry.scan.Entry;
import io.liteferry.volume.KeepSettings;
import io.liteferry.volume.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;

/** In which form each database of local goes to the volume, and why. */
record PublicationForms(RestoreSite site, FormSettings form, KeepSettings keep) implements Check {
  private static final int MOST_DATABASES = 20;

  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    if (known.local().isEmpty() || known.local().get().inventory().databases().isEmpty()) {
      return known;
    }
    var ofAny = WholeReason.ofAny(form, keep);
    if (ofAny.isPresent()) {
      found.ok("all are published whole: " + ofAny.get().text());
      return known;
    }
    var manifest = site.volume().manifestIfReadable();
    var small = new ArrayList<String>();
    int shown = 0;
    for (var path : known.local().get().inventory().databases()) {
      var name = PortableName.of(path);
      var entry = known.local().get().entry(path);
      var there = onVolume(path, entry, manifest);
      var why = WholeReason.of(form, keep, there);
      boolean isFirst = why.equals(Optional.of(WholeReason.NOT_THERE));
      if (why.equals(Optional.of(WholeReason.SMALL))
          || (isFirst && entry.stamp().size() < form.leastBytes())) {
        small.add(name);
      } else if (shown++ < MOST_DATABASES) {
        var bytes = there.map(WholeReason.OnVolume::bytes).orElse(entry.stamp().size());
        found.ok("%s: %s".formatted(name, words(why, bytes)));
      }
    }
    if (shown > MOST_DATABASES) {
      found.ok("and %d more of 1 MiB or more".formatted(shown - MOST_DATABASES));
    }
    if (!small.isEmpty()) {
      found.ok("published whole, as they have less than 1 MiB: " + Amount.some(small));
    }
    return known;
  }

  private Optional<WholeReason.OnVolume> onVolume(
      Path path, Entry here, Optional<Manifest> manifest) throws IOException {
    return site.volume()
        .look(path)
        .filter(there -> there.kind() == Entry.Kind.FILE)
        .map(
            there ->
                new WholeReason.OnVolume(
                    there.stamp().size(),
                    there.mode() == here.mode()
                        && there.uid() == here.uid()
                        && there.gid() == here.gid(),
                    manifest.flatMap(m -> m.database(path))));
  }

  private String words(Optional<WholeReason> why, long bytes) {
    var segments =
        "by segments; its own file on the volume may be behind by %d s"
            .formatted(form.mostBehind(bytes).toSeconds());
    if (why.isEmpty()) {
      return "published " + segments;
    }
    return why.get() == WholeReason.NOT_THERE
        ? "published whole at first, as the volume does not have it yet, then " + segments
        : "published whole: " + why.get().text();
  }
}
