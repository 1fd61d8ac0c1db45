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
 * something is published under them, entries at the end of a pass. It is written anew when most of
 * it is out of date, as log-structured stores do. For one thread.
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

  /** Whether the file has entries; else it gets them at the first {@link #save}. */
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
   * Adds what has changed, at the end of a pass, when what it published is durable. What cannot be
   * added is left to {@link #save}.
   */
  public void append() {
    var changed = facts.takeChanged();
    read.forEach(
        (path, entry) -> {
          if (!facts.entry(path).equals(Optional.of(entry))) {
            changed.add(path);
          }
        });
    read = Map.of();
    if (!isThere || added.isEmpty()) {
      return;
    }
    var settled = announced.stream().filter(path -> !facts.isUnread(path)).toList();
    if (changed.isEmpty() && settled.isEmpty()) {
      return;
    }
    try {
      add(
          lines -> {
            lines.add(changed, this::lineOf);
            lines.add(settled, IndexLine::settled);
          },
          false);
      settled.forEach(announced::remove);
    } catch (IOException e) {
      added = OptionalInt.empty();
      log.debug("{} is written anew, as nothing could be added to it", state.index(), e);
    }
  }

  private CharSequence lineOf(Path path) {
    return facts.entry(path).map(e -> IndexLine.known(path, e)).orElse(IndexLine.gone(path));
  }

  /**
   * Makes durable what is known; does nothing when that is done.
   *
   * @throws StateException when state is full or cannot be written to
   */
  public void save() throws IOException {
    append();
    if (!isThere || added.isEmpty() || added.getAsInt() > whole + FEW) {
      announced.removeIf(path -> !facts.isUnread(path));
      isThere = true;
      writeAnew(facts.entries(), announced);
    } else if (!isSynced) {
      state.writing(
          () -> {
            Durable.sync(state.index());
            return state;
          });
      isSynced = true;
    }
  }

  private void writeAnew(Stream<Map.Entry<Path, IndexEntry>> entries, Set<Path> names)
      throws IOException {
    added = OptionalInt.empty();
    whole = state.writeIndex(volumeId, isThere ? Optional.of(entries) : Optional.empty(), names);
    added = OptionalInt.of(names.size());
    isSynced = true;
  }

  /** Adds lines; none when this throws. */
  private void add(Writing content, boolean durable) throws StateException {
    int before = added.orElseThrow();
    added = OptionalInt.empty(); // until the file is known to end with a whole line
    int count =
        state.writing(
            () -> {
              try (var file = FileChannel.open(state.index(), WRITE)) {
                long end = file.size();
                file.position(end);
                try {
                  var lines = new Lines(Channels.newOutputStream(file));
                  content.write(lines);
                  lines.flush();
                  if (durable) {
                    Durable.sync(file, state.index());
                  }
                  return lines.count;
                } catch (IOException e) {
                  file.truncate(end);
                  added = OptionalInt.of(before);
                  throw e;
                }
              }
            });
    added = OptionalInt.of(before + count);
    isSynced = durable;
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
  private interface Writing {
    void write(Lines lines) throws IOException;
  }

  /** Counts what is written. */
  private static final class Lines {
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
