package io.liteferry.publish;

import io.liteferry.durable.Beneath;
import io.liteferry.durable.Errno;
import io.liteferry.publish.Knowledge.Published;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a plan is made by, besides what is known of the volume.
 *
 * @param announced whether this agent announced a name, and has not read it on the volume since
 * @param listed whether the manifest names a database, or has to
 * @param unreadable is told of a link that cannot be read, and why
 */
record PlanFacts(
    Path local,
    Predicate<Path> announced,
    Predicate<Path> listed,
    BiConsumer<Path, String> unreadable)
    implements Planner.Facts {
  @Override
  public boolean isAnnounced(Path path) {
    return announced.test(path);
  }

  @Override
  public boolean isListed(Path path) {
    return listed.test(path);
  }

  @Override
  public Optional<Path> targetOf(Path link, @Nullable Published published) {
    try {
      var target = Files.readSymbolicLink(local.resolve(link));
      return Optional.of(
          Planner.isSameLink(published, target) ? target : Beneath.readLink(local, link));
    } catch (NoSuchFileException | NotLinkException e) {
      return Optional.empty(); // the next pass sees to it
    } catch (IOException e) {
      unreadable.accept(link, Errno.describe(e));
      return Optional.empty();
    }
  }
}
