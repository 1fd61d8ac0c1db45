package io.liteferry.history;

import io.liteferry.durable.PortableName;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * One path in a record.
 *
 * @param name the path, as a {@link PortableName}: changes are ordered by it
 * @param was at the point before
 * @param now after the pass
 * @param others whether what the pass found was not what we had published
 */
public record Change(String name, Version was, Version now, boolean others) {
  /** The order in every record. */
  public static final Comparator<Change> ORDER = Comparator.comparing(Change::name);

  public static Change of(Path path, Version was, Version now) {
    return new Change(PortableName.of(path), was, now, false);
  }

  public Path path() {
    return PortableName.parse(name);
  }

  /** This change and a later one of the same path as one: what was before both wins. */
  Change then(Change later) {
    return new Change(name, was.settledBy(later.was), later.now, others || later.others);
  }

  Change endingAs(Version end) {
    return new Change(name, was, end, others);
  }

  /** With another version before it. */
  public Change having(Version before) {
    return new Change(name, before, now, others);
  }

  /** Whether the path came and went meanwhile, so that no point knows of it. */
  boolean isNothing() {
    return was instanceof Version.Absent && now instanceof Version.Absent;
  }
}
