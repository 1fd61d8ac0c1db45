package io.liteferry.volume;

import com.google.gson.JsonObject;
import io.liteferry.durable.Digest;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.Point;
import io.liteferry.pages.Identity;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * {@code manifest.json}: evidence of what was published, not an authority over what is there.
 *
 * @param volumeId of the volume it was written for
 * @param generation the number of passes that changed the volume so far
 * @param publication a name for this generation that no other agent can have chosen
 * @param complete false from before the first database of a pass is renamed until after the last;
 *     meanwhile each database has either of its two digests
 * @param written when, by the node's clock
 * @param databases by path relative to the volume
 * @param epoch of the lease under which it was written; 0 when an earlier version did it
 * @param problems that the pass had, for people
 * @param rollbacks the last ones, by which a request for one is known; the youngest last
 */
public record Manifest(
    String volumeId,
    long generation,
    String publication,
    boolean complete,
    Instant written,
    NavigableMap<Path, Database> databases,
    long epoch,
    List<String> problems,
    List<Applied> rollbacks) {
  static final int FORMAT = 1;

  /** So many rollbacks are remembered. */
  public static final int MOST_ROLLBACKS = 32;

  /** Copies the lists. */
  public Manifest {
    problems = List.copyOf(problems);
    rollbacks = List.copyOf(rollbacks);
  }

  /**
   * A rollback that was made.
   *
   * @param generation that it made
   * @param when by the node's clock
   */
  public record Applied(long generation, Point.Rollback rollback, Instant when) {}

  /** Of all databases together. */
  public long databaseBytes() {
    return databases.values().stream().mapToLong(Database::bytes).sum();
  }

  /** The rollback that was made for a request. */
  public Optional<Applied> applied(String request) {
    return rollbacks.stream().filter(a -> a.rollback().request().equals(request)).findFirst();
  }

  /**
   * Which of a database's contents one is, for the history.
   *
   * @param id of the database, for life
   * @param number counts its contents
   * @param checked before it was published
   * @param previous which may still be in place, while the manifest is not complete
   */
  public record State(String id, long number, CheckLevel checked, Optional<Long> previous) {}

  /**
   * What leads on from a database's plain file.
   *
   * @param number of the state that the last segment leads to
   * @param identity of that state
   * @param bytes of it as one file
   * @param mtime in nanoseconds since the epoch
   * @param since when the plain file fell behind, by the node's clock
   * @param segments how many were published since
   * @param segmentBytes of these; thinning may have merged some
   */
  public record Ahead(
      long number,
      Identity identity,
      long bytes,
      long mtime,
      Instant since,
      long segments,
      long segmentBytes) {}

  /**
   * One published database.
   *
   * @param bytes the size of its plain file
   * @param pageSize in bytes
   * @param wal whether it is in WAL mode
   * @param digest of that file; while the manifest is not complete, perhaps not yet there
   * @param previous the digest before this pass, while the manifest is not complete
   * @param published when its newest content was published, by the node's clock
   * @param generation in which that was published; empty when an earlier version did it
   * @param state which content the plain file is; empty where nothing is kept
   * @param ahead what was published since as segments, of what was in place before; empty when the
   *     plain file is current
   */
  public record Database(
      long bytes,
      int pageSize,
      boolean wal,
      Digest digest,
      Optional<Digest> previous,
      Instant published,
      Optional<Long> generation,
      Optional<State> state,
      Optional<Ahead> ahead) {

    /** Of a plain file that is current. */
    public Database(
        long bytes,
        int pageSize,
        boolean wal,
        Digest digest,
        Optional<Digest> previous,
        Instant published,
        Optional<Long> generation,
        Optional<State> state) {
      this(bytes, pageSize, wal, digest, previous, published, generation, state, Optional.empty());
    }

    /** The same, with a newer state that segments lead to. */
    public Database ledOnTo(Ahead newest, Instant when, long by) {
      return new Database(
          bytes,
          pageSize,
          wal,
          digest,
          previous,
          when,
          Optional.of(by),
          state,
          Optional.of(newest));
    }

    /** How thoroughly its newest content was checked: no segment is. */
    CheckLevel checked() {
      return ahead.isPresent()
          ? CheckLevel.NONE
          : state.map(State::checked).orElse(CheckLevel.NONE);
    }

    /** Now that it is in its place. */
    public Database completed() {
      var settled = state.map(s -> new State(s.id(), s.number(), s.checked(), Optional.empty()));
      return new Database(
          bytes,
          pageSize,
          wal,
          digest,
          Optional.empty(),
          published,
          generation,
          settled,
          previous.isPresent() ? Optional.empty() : ahead);
    }

    /** After all, the file before is still in its place. */
    public Database unreplaced(Digest found, long size) {
      var stayed =
          state.flatMap(
              s -> s.previous().map(n -> new State(s.id(), n, CheckLevel.NONE, Optional.empty())));
      return new Database(
          size,
          pageSize,
          wal,
          found,
          Optional.empty(),
          published,
          generation,
          stayed,
          stayed.isPresent() ? ahead : Optional.empty());
    }

    /** The number of the content that is in place; empty when that is none of ours. */
    public Optional<Long> numberOf(Digest found) {
      return digest.equals(found)
          ? state.map(State::number)
          : state.filter(s -> previous.equals(Optional.of(found))).flatMap(State::previous);
    }

    /** Whether this content is one that a pass of ours put there. */
    public boolean names(Digest found) {
      return digest.equals(found) || previous.filter(found::equals).isPresent();
    }
  }

  /** What is said of one database. */
  public Optional<Database> database(Path path) {
    return Optional.ofNullable(databases.get(path));
  }

  /** The databases whose plain files are behind what was published of them. */
  public SortedSet<Path> behind() {
    var behind = new TreeSet<Path>();
    databases.forEach(
        (path, database) -> {
          if (database.ahead().isPresent()) {
            behind.add(path);
          }
        });
    return behind;
  }

  /** The same, with what is said of one database. */
  public Manifest with(Path path, Database database) {
    var all = new TreeMap<>(databases);
    all.put(path, database);
    return new Manifest(
        volumeId, generation, publication, complete, written, all, epoch, problems, rollbacks);
  }

  /** What is told of this generation in the history; its time by the volume is not known here. */
  public Point point() {
    var checked =
        databases.values().stream()
            .map(Database::checked)
            .min(Comparator.naturalOrder())
            .orElse(CheckLevel.FULL);
    return new Point(
        generation,
        epoch,
        written,
        Optional.empty(),
        publication,
        checked,
        rollbacks.stream()
            .filter(a -> a.generation() == generation)
            .map(Applied::rollback)
            .findFirst(),
        problems);
  }

  /** As it is written, and as {@code status --json} prints it. */
  public JsonObject toJson() {
    return ManifestJson.of(this);
  }

  static Manifest fromJson(JsonObject json) {
    return ManifestJson.parse(json);
  }
}
