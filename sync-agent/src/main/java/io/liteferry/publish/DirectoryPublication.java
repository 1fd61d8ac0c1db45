package io.liteferry.publish;

import io.liteferry.durable.Durable;
import io.liteferry.lease.Staging;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.Entry;
import io.liteferry.volume.Attributes;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;

/** The directories of P4. For one thread. */
record DirectoryPublication(Publication publication) {
  /** Sets the permissions of one that the volume has. */
  void setMode(Entry directory) throws IOException {
    publication.begin();
    publication.writer.setMode(directory);
    publication.publishedModeOf(directory.path(), new Published.Directory(directory.mode()));
  }

  /** Makes one, in place of what has its name. */
  void make(Change.MakeDirectory make) throws IOException {
    var path = make.path();
    publication.begin();
    publication.announce(Set.of(path));
    var staged = publication.staging.fresh();
    try {
      publication.staging.run(
          () -> {
            Staging.makeDirectory(staged);
            Attributes.setOfDirectory(staged, make.entry());
            Durable.syncDirectory(staged);
          });
      if (make.isNew()) {
        syncInLocal(path);
      } else {
        publication.makeWay(path);
      }
      publication.writer.put(staged, path);
    } catch (IOException e) {
      publication.staging.discard(staged, e);
      throw e;
    }
    publication.problems.remove(path);
    publication.published(path, new Published.Directory(make.entry().mode()));
  }

  /** The name of a directory that is new: what is published in it must be found there again. */
  private void syncInLocal(Path directory) throws IOException {
    try {
      var parent = publication.context.local.resolve(directory).getParent();
      Durable.syncDirectory(Objects.requireNonNull(parent));
    } catch (NoSuchFileException e) {
      // gone meanwhile: the next pass sees to that
    }
  }
}
