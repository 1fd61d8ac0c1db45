package io.liteferry.publish;

import io.liteferry.scan.Entry;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is known of files at another look in the same pass: what is the same at both is in memory
 * once.
 *
 * @param known before the first
 */
record AnotherLook(Inventory.Known known, Inventory first) implements Inventory.Known {
  @Override
  public Optional<Boolean> knownAsDatabase(Entry entry) {
    return known.knownAsDatabase(entry);
  }

  @Override
  public boolean wasDatabase(Path path) {
    return known.wasDatabase(path);
  }

  @Override
  public Entry sharing(Entry entry) {
    var before = first.tree().entries().get(entry.path());
    return before != null && before.equals(entry) ? before : known.sharing(entry);
  }
}
