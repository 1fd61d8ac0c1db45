package io.liteferry.doctor;

import io.liteferry.durable.User;
import io.liteferry.lease.Dismantling;
import io.liteferry.lease.LeaseView;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Liteferry's directory on the volume: what root can write in, another user perhaps cannot. */
record OwnDirectory(Volume volume) implements Check {
  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    var own = volume.own();
    if (Dismantling.hasBegun(own)) {
      found.problem(
          "a detach was begun and not completed", "complete it: liteferry detach " + volume.root());
    }
    var directories = new ArrayList<>(List.of(own));
    directories.addAll(new LeaseView(own).directories());
    for (var directory : directories) {
      if (Files.isDirectory(directory) && !Files.isWritable(directory)) {
        found.problem(
            "user %s cannot write to %s".formatted(User.shown(), directory),
            "run as its owner (user %s), or give it to this one"
                .formatted(Files.getAttribute(directory, "unix:uid")));
        break;
      }
    }
    return known;
  }
}
