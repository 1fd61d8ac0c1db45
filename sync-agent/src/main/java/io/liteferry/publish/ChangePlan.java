package io.liteferry.publish;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;

/**
 * What one pass is to change on the volume. What it holds back beyond this, while it makes the
 * changes, depends on what becomes of them.
 *
 * @param puts directories, files and links to be published, by path: a directory comes before what
 *     is in it
 * @param databases to be published; a pass goes by their snapshots
 * @param removals what goes, in this order, if nothing holds it back
 * @param foreign what is on the volume, and neither in local nor published by this agent: it stays
 * @param differingBytes of the files and databases of local that may differ from the volume's
 */
record ChangePlan(
    List<Change.Put> puts,
    List<Change.PutDatabase> databases,
    List<Change.Remove> removals,
    SortedSet<Path> foreign,
    long differingBytes) {

  /** The removals of one kind, in their order. */
  List<Change.Remove> removed(Change.Removed kind) {
    return removals.stream().filter(removal -> removal.kind() == kind).toList();
  }
}
