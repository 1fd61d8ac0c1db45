package io.liteferry.watch;

import io.liteferry.scan.NameEvents.Heard;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * The names that came and went since they were last taken. Nobody may take them for days: beyond a
 * bound all are dropped, and none is kept until the next time. Guarded by its owner.
 */
final class Names {
  private final int most;
  private Set<Path> came = new HashSet<>();
  private Set<Path> went = new HashSet<>();
  private Set<Path> unheard = new HashSet<>();
  private boolean dropped;

  /**
   * @param most how many are kept together
   */
  Names(int most) {
    this.most = most;
  }

  void came(Path directory, Path name) {
    add(came, directory, name);
  }

  void went(Path directory, Path name) {
    add(went, directory, name);
  }

  private void add(Set<Path> names, Path directory, Path name) {
    if (!dropped) {
      names.add(directory.resolve(name));
      dropIfTooMany();
    }
  }

  /** Events of a directory were lost. */
  void unheard(Path directory) {
    if (!dropped) {
      unheard.add(directory);
      dropIfTooMany();
    }
  }

  private void dropIfTooMany() {
    if (came.size() + went.size() + unheard.size() > most) {
      clear();
      dropped = true;
    }
  }

  private void clear() {
    came = new HashSet<>();
    went = new HashSet<>();
    unheard = new HashSet<>();
  }

  Heard take(boolean deaf) {
    var heard = new Heard(came, went, unheard, deaf || dropped);
    clear();
    dropped = false;
    return heard;
  }
}
