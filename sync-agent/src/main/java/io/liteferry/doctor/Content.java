package io.liteferry.doctor;

import io.liteferry.durable.PortableName;
import io.liteferry.durable.User;
import io.liteferry.publish.Amount;
import io.liteferry.publish.DirectUse;
import io.liteferry.publish.Inventory;
import io.liteferry.publish.OutwardLinks;
import io.liteferry.restore.RestoreSite;
import io.liteferry.scan.Entry;
import io.liteferry.scan.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tree, listed and summed up. */
record Content(Inventory inventory, Inventory.Totals totals) {
  private static final Logger log = LoggerFactory.getLogger(Content.class);

  long bytesOfDatabases() {
    return inventory.databases().stream().mapToLong(path -> entry(path).stamp().size()).sum();
  }

  Entry entry(Path path) {
    return Objects.requireNonNull(inventory.items().get(path)).entry();
  }

  long largestFile() {
    return inventory.items().values().stream()
        .filter(item -> item.entry().kind() == Entry.Kind.FILE && !item.database())
        .mapToLong(item -> item.entry().stamp().size())
        .max()
        .orElse(0);
  }

  @FunctionalInterface
  private interface Listing {
    Inventory list() throws IOException;
  }

  private static Content of(Path root, RestoreSite site, Listing listing) throws IOException {
    var begun = site.clock().instant();
    var inventory = listing.list();
    log.debug(
        "{} listed in {} ms", root, Duration.between(begun, site.clock().instant()).toMillis());
    return new Content(inventory, inventory.totals());
  }

  /** Lists local: whether it can be written to, and what in it does not travel. */
  record OfLocal(RestoreSite site) implements Check {
    @Override
    public Gathered look(Gathered known, Findings found) throws IOException, InterruptedException {
      var local = site.local();
      if (!Files.isWritable(local)) {
        found.problem(
            "user %s cannot write there, and a restore must".formatted(User.shown()),
            "correct its owner or permissions, or run as its owner (user %s)"
                .formatted(Files.getAttribute(local, "unix:uid")));
      }
      var content =
          of(local, site, () -> Inventory.of(local, site.filter(), Tree.BeforeListing.NOTHING));
      var inventory = content.inventory();
      found.ok("has " + content.totals());
      addUnreadable(found, local, inventory);
      addLeftBehind(found, inventory);
      addOutwardLinks(found, inventory);
      return known.withLocal(content);
    }

    private static void addLeftBehind(Findings found, Inventory inventory) {
      var databases = found.about("databases");
      if (!inventory.foreign().isEmpty()) {
        databases.warning(
            "%s: like a database, but not one that SQLite can read (encrypted?); published as files, with"
                    .formatted(named(inventory.foreign()))
                + " their side files, and perhaps inconsistent",
            "use the application's own backup for them");
      }
      if (!inventory.misnamed().isEmpty()) {
        databases.warning(
            "%s has the name of a side file of the database beside it, but is not one; not published"
                .formatted(named(inventory.misnamed())),
            "rename it");
      }
      if (!inventory.orphans().isEmpty()) {
        databases.note(
            "%s: SQLite left it, and its database is gone; not published"
                .formatted(named(inventory.orphans())),
            "delete it");
      }
      if (!inventory.special().isEmpty()) {
        found.note(named(inventory.special()) + ": a socket, FIFO or device; not published", "");
      }
    }

    private void addOutwardLinks(Findings found, Inventory inventory) throws InterruptedException {
      var own = List.of(site.local(), site.state().path(), site.volume().root());
      var others = new ArrayList<Path>();
      new OutwardLinks(site.local(), own, site.clock())
          .of(inventory)
          .forEach(
              (path, target) -> {
                if (target.hasDatabase()) {
                  found.problem(
                      "%s: a symbolic link to %s; what it leads to is not published, and lost with the node"
                          .formatted(PortableName.of(path), target),
                      "move it into local, or exclude the link");
                } else {
                  others.add(path);
                }
              });
      if (!others.isEmpty()) {
        found.warning(
            "%s: symbolic links out of local; what they lead to is not published, and lost with the node"
                .formatted(named(others)),
            "move it into local, or make it durable by other means");
      }
    }
  }

  /** Lists the volume: whether it can be read, and whether something else works on it. */
  record OfVolume(RestoreSite site) implements Check {
    @Override
    public Gathered look(Gathered known, Findings found) throws IOException {
      var volume = site.volume();
      var content = of(volume.root(), site, () -> Inventory.of(volume, site.filter()));
      found.ok(
          "has %s%s"
              .formatted(
                  content.totals(),
                  content.totals().databases() > 0
                      ? " (liteferry verify says whether the databases are sound)"
                      : ""));
      addUnreadable(found, volume.root(), content.inventory());
      for (var database : content.inventory().databases()) {
        if (!DirectUse.sideFilesWithContent(volume, database).isEmpty()) {
          found.warning(
              "%s has side files with content: an application runs or ran on the volume itself"
                  .formatted(PortableName.of(database)),
              "stop it before you start an agent, which then folds the side files into the"
                  + " database");
        }
      }
      return known.withVolume(content);
    }
  }

  private static void addUnreadable(Findings found, Path root, Inventory inventory)
      throws IOException {
    var unreadable = inventory.unreadable();
    if (!unreadable.isEmpty()) {
      found.problem(
          "%s cannot be read: %s (%s)"
              .formatted(
                  Amount.of(unreadable.size(), "name"),
                  named(unreadable.keySet()),
                  unreadable.values().iterator().next()),
          "run as user %s, correct the permissions, or exclude them"
              .formatted(Files.getAttribute(root, "unix:uid")));
    }
  }

  private static String named(Collection<Path> paths) {
    return Amount.some(paths.stream().map(PortableName::of).toList());
  }
}
