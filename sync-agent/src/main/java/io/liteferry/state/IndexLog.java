package io.liteferry.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.Durable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the file {@code index} in step with what is known of a volume: names are added to it before
 * something is published under them, entries when what was published is durable. It is written anew
 * when most of it is out of date, as log-structured stores do. For one thread.
 *
 * <p>A kill takes nothing of it. A power failure takes what was added since the last {@link #save}
 * or durable {@link #announce}; what is left was true, and an entry stays true.
 */
public final class IndexLog {
  private static final Logger log = LoggerFactory.getLogger(IndexLog.class);

  /** So many lines may be added to the smallest index before it is written anew. */
  static final int FEW = 1000;

  /** What is known now. */
  public interface Facts {
    /** Each file and database of which the content is known. */
    Stream<Map.Entry<Path, IndexEntry>> entries();

    /** What is known of a file or database. */
    Optional<IndexEntry> entry(Path path);

    /** Whether the volume has something of this name that was not read. */
    boolean isUnread(Path path);

    /**
     * The names of which something else is known than at the last call; the caller owns the set.
     */
    Set<Path> takeChanged();
  }

  private final StateDirectory state;
  private final String volumeId;
  private final Facts facts;
  private final Set<Path> announced;

  /**
   * Whether the file was written with all entries; else it gets them at the first {@link #save}.
   */
  private boolean isThere;

  /** How many entries were written as a whole. */
  private int whole;

  /** How many lines were added to them; empty when the file must be written anew. */
  private OptionalInt added;

  private boolean isSynced;

  /**
   * What the file says until the end of the first pass: before that, a removal that the facts show
   * may not be durable on the volume, and a crash of it would bring back a file that nobody knows.
   */
  private Map<Path, IndexEntry> read;

  /**
   * Goes on where the last run ended.
   *
   * @param index as it was read, and the facts were made of
   */
  IndexLog(StateDirectory state, String volumeId, Index index, Facts facts) {
    this.state = state;
    this.volumeId = volumeId;
    this.facts = facts;
    announced = new HashSet<>(index.announced());
    isThere = index.isThere();
    whole = index.entries().size();
    added = index.added();
    read = index.entries();
    isSynced = added.equals(OptionalInt.of(0));
    facts.takeChanged();
  }

  /**
   * Remembers that names are ours before they are on the volume: else, after a kill, a file that
   * was deleted in local meanwhile would be taken for somebody else's.
   *
   * @param durable for what takes a database's place: else the start after a power failure would
   *     take it for somebody else's
   * @throws StateException when state is full or cannot be written to: none is remembered then
   */
  public void announce(Set<Path> names, boolean durable) throws IOException {
    var unknown = new HashSet<>(names);
    unknown.removeAll(announced);
    if (unknown.isEmpty() && (!durable || isSynced)) {
      return;
    }
    if (added.isPresent()
        && Durable.isFile(state.index())) { // somebody may have tidied up under us
      add(lines -> lines.add(unknown, IndexLine::announced), durable);
    } else {
      var all = new HashSet<>(announced);
      all.addAll(unknown);
      writeAnew(read.isEmpty() ? facts.entries() : read.entrySet().stream(), all);
    }
    announced.addAll(unknown);
  }

  /** Whether this name was announced, and was neither read nor published since. */
  public boolean isAnnounced(Path path) {
    return announced.contains(path);
  }

  /**
   * Adds the entries that have changed, when what was published is durable. What cannot be added is
   * left to {@link #save}.
   */
  public void append() {
    add(List.of());
  }

  /** The same at the end of a pass that went well: what it announced is known, or was not done. */
  public void endPass() {
    var settled = announced.stream().filter(path -> !facts.isUnread(path)).toList();
    add(settled);
    settled.forEach(announced::remove);
  }

  private void add(Collection<Path> settled) {
    var changed = facts.takeChanged();
    read.forEach(
        (path, entry) -> {
          if (!facts.entry(path).equals(Optional.of(entry))) {
            changed.add(path);
          }
        });
    read = Map.of();
    if (added.isEmpty()) {
      return;
    }
    var unsaid = // an entry says it, too
        settled.stream()
            .filter(path -> !changed.contains(path) || facts.entry(path).isEmpty())
            .toList();
    if (changed.isEmpty() && unsaid.isEmpty()) {
      return;
    }
    try {
      add(
          lines -> {
            lines.add(changed, this::lineOf);
            lines.add(unsaid, IndexLine::settled);
          },
          false);
      // What is published again must be announced again: the file calls it known.
      changed.stream().filter(path -> facts.entry(path).isPresent()).forEach(announced::remove);
    } catch (IOException e) {
      added = OptionalInt.empty();
      log.debug("{} is written anew, as nothing could be added to it", state.index(), e);
    }
  }

  private CharSequence lineOf(Path path) {
    return facts.entry(path).map(e -> IndexLine.known(path, e)).orElse(IndexLine.gone(path));
  }

  /**
   * Makes durable what is known, between two passes; does nothing when that is done.
   *
   * @throws StateException when state is full or cannot be written to
   */
  public void save() throws IOException {
    if (isThere && added.isPresent() && added.getAsInt() <= whole + FEW && trySync()) {
      return;
    }
    isThere = true;
    writeAnew(facts.entries(), announced);
  }

  /** Whether all that was added is durable. An error is told once, of what is lost then. */
  private boolean trySync() {
    try {
      if (!isSynced) {
        Durable.sync(state.index());
        isSynced = true;
      }
      return true;
    } catch (IOException e) {
      log.debug("{} is written anew, as it could not be synced", state.index(), e);
      return false;
    }
  }

  private void writeAnew(Stream<Map.Entry<Path, IndexEntry>> entries, Set<Path> names)
      throws IOException {
    added = OptionalInt.empty();
    whole = state.writeIndex(volumeId, isThere ? Optional.of(entries) : Optional.empty(), names);
    added = OptionalInt.of(names.size());
    isSynced = true;
  }

  private void add(Writing content, boolean durable) throws StateException {
    int before = added.orElseThrow();
    added = OptionalInt.empty(); // until the file is known to end with a whole line
    int count =
        state.writing(
            () -> {
              int lines = addTo(state.index(), content);
              if (durable) {
                Durable.sync(state.index());
              }
              return lines;
            });
    added = OptionalInt.of(before + count);
    isSynced = durable;
  }

  /**
   * Adds lines to a file.
   *
   * @return how many; the file is as it was when this throws, as far as possible
   */
  static int addTo(Path index, Writing content) throws IOException {
    try (var file = FileChannel.open(index, WRITE)) {
      long end = file.size();
      file.position(end);
      try {
        var lines = new Lines(Channels.newOutputStream(file));
        content.write(lines);
        lines.flush();
        return lines.count;
      } catch (IOException e) {
        file.truncate(end);
        throw e;
      }
    }
  }

  /**
   * Writes an index as a whole.
   *
   * @param entries empty when nothing is known
   * @return how many entries there are
   */
  static int write(
      OutputStream out,
      String volumeId,
      Optional<Stream<Map.Entry<Path, IndexEntry>>> entries,
      Set<Path> announced)
      throws IOException {
    var lines = new Lines(out);
    lines.add(Index.HEADING + volumeId + '\n');
    if (entries.isPresent()) {
      for (var known : (Iterable<Map.Entry<Path, IndexEntry>>) entries.get()::iterator) {
        lines.add(IndexLine.known(known.getKey(), known.getValue()));
      }
    }
    int count = lines.count - 1;
    lines.add((entries.isPresent() ? Index.END + count : Index.UNKNOWN) + '\n');
    lines.add(announced, IndexLine::announced);
    lines.flush();
    return count;
  }

  @FunctionalInterface
  interface Writing {
    void write(Lines lines) throws IOException;
  }

  /** Counts what is written. */
  static final class Lines {
    private final Writer text;
    private int count;

    Lines(OutputStream out) {
      text = new BufferedWriter(new OutputStreamWriter(out, UTF_8));
    }

    void add(CharSequence line) throws IOException {
      text.append(line);
      count++;
    }

    void add(Collection<Path> names, Function<Path, CharSequence> line) throws IOException {
      for (var name : names) {
        add(line.apply(name));
      }
    }

    void flush() throws IOException {
      text.flush();
    }
  }
}
