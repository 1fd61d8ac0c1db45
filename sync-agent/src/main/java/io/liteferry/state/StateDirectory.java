package io.liteferry.state;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.JsonFile;
import io.liteferry.durable.SourceException;
import io.liteferry.durable.UniqueName;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The state directory, held by one process from {@link #open} to {@link #close}. */
public final class StateDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StateDirectory.class);

  static final String STATE = "state.json";
  private static final String INDEX = "index";
  private static final String SNAPSHOTS = "staging";
  private static final String SOCKET = "agent.sock";
  private static final String ID = "id";
  private static final String SAID = "said";
  private static final Pattern ID_FORM = Pattern.compile("[0-9a-f-]{36}");

  private final Path directory;

  /** Empty for a look. */
  private final Optional<StateLock> lock;

  private final Optional<String> boot;
  private int scratch;

  private StateDirectory(Path directory, Optional<StateLock> lock, Optional<String> boot) {
    this.directory = directory;
    this.lock = lock;
    this.boot = boot;
  }

  /**
   * Makes the directory when it is missing, takes both locks, and removes what a killed agent left.
   *
   * @param local the local directory, which only one agent may work on
   * @throws AlreadyRunningException when another agent has the state or the local directory
   * @throws StateException when it cannot be made
   */
  public static StateDirectory open(Path directory, Path local) throws IOException {
    return open(directory, local, AgentState.thisBoot());
  }

  /**
   * The same, under another boot.
   *
   * @param boot the kernel's id of it; empty when that cannot be known
   */
  public static StateDirectory open(Path directory, Path local, Optional<String> boot)
      throws IOException {
    var lock = StateLock.take(directory, local);
    try {
      var state = new StateDirectory(directory, Optional.of(lock), boot);
      Durable.empty(state.staging());
      return state;
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * For a look at what is there, perhaps beside an agent at work: takes no lock and makes nothing.
   * Nothing can be written by it.
   */
  public static StateDirectory look(Path directory) {
    return new StateDirectory(directory, Optional.empty(), AgentState.thisBoot());
  }

  /** Whether nothing can be written by this. */
  public boolean isOnlyForALook() {
    return lock.isEmpty();
  }

  /** Whether the node is known to have been up all the time since the state was written. */
  public boolean isOfThisBoot(AgentState known) {
    return boot.isPresent() && boot.equals(known.boot());
  }

  /** Whether the node is known to have been booted since the state was written. */
  public boolean isOfAnotherBoot(AgentState known) {
    return boot.isPresent() && known.boot().isPresent() && !boot.equals(known.boot());
  }

  /** Something that writes into state. */
  @FunctionalInterface
  public interface Writing<T> {
    T write() throws IOException;
  }

  /** An error of state says so: nobody is to take it for one of the volume. */
  <T> T writing(Writing<T> what) throws StateException {
    try {
      return what.write();
    } catch (IOException e) {
      throw StateException.of(directory, e);
    }
  }

  /**
   * Copies a file into state.
   *
   * @param scratch from {@link #scratch}, or a side file's name beside it
   * @throws StateException when there is no room; an error of the source stays what it is
   */
  public Digest copyIn(Path from, Path scratch) throws IOException {
    try {
      return inRoom(() -> Durable.copy(from, scratch, file -> {}, bytes -> {}));
    } catch (SourceException e) {
      throw e.error();
    }
  }

  /**
   * Does something with files that {@link #scratch} named.
   *
   * @throws StateException when there is no room for it; any other error stays what it is
   */
  public <T> T inRoom(Writing<T> what) throws IOException {
    try {
      return what.write();
    } catch (IOException e) {
      throw StateException.isNoRoom(e) ? StateException.of(directory, e) : e;
    }
  }

  /** What a {@link StateException} would say for this reason, which SQLite gave. */
  public String unwritable(String why) {
    return StateException.message(directory, why);
  }

  private void replace(String name, byte[] content) throws IOException {
    replace(name, out -> out.write(content));
  }

  private void replace(String name, Durable.Content content) throws IOException {
    writing(
        () -> {
          Durable.replace(directory.resolve(name), content, scratch());
          return name;
        });
  }

  /** The file that an agent at work has locked. */
  public static Path lockFile(Path directory) {
    return StateLock.fileIn(directory);
  }

  /** The id that {@link #ownId} keeps; empty when there is none yet. */
  public Optional<String> knownId() throws IOException {
    var file = directory.resolve(ID);
    if (!Durable.isFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.readString(file).strip())
          .filter(id -> ID_FORM.matcher(id).matches());
    } catch (CharacterCodingException e) {
      return Optional.empty(); // damaged, or not ours
    }
  }

  /** The directory itself. */
  public Path path() {
    return directory;
  }

  /** The socket on which the agent that uses this directory answers. */
  public Path socket() {
    return socketIn(directory);
  }

  /** The same, of a directory that somebody else uses. */
  public static Path socketIn(Path directory) {
    return directory.resolve(SOCKET);
  }

  /** A name for a new file in the room for snapshots. The caller deletes the file. */
  public synchronized Path scratch() throws IOException {
    if (lock.isEmpty()) {
      throw new IllegalStateException("this directory is only looked at: " + directory);
    }
    return staging().resolve("s" + scratch++);
  }

  /** The room for snapshots; made when it is missing, as somebody may have tidied up under us. */
  private Path staging() throws IOException {
    var staging = directory.resolve(SNAPSHOTS);
    if (!Durable.isDirectory(staging)) {
      if (Durable.exists(staging)) {
        throw new FileSystemException(
            staging.toString(),
            null,
            "is not a directory: move it away, as the agent deletes what is in it at each start");
      }
      writing(
          () -> {
            Files.createDirectories(staging);
            return Files.setPosixFilePermissions(
                staging, PosixFilePermissions.fromString("rwx------"));
          });
    }
    return staging;
  }

  /**
   * Reads the state; empty when there is none.
   *
   * @throws io.liteferry.durable.DamagedFileException when it cannot be understood
   * @throws io.liteferry.durable.UnknownFormatException when a later version wrote it
   */
  public Optional<AgentState> read() throws IOException {
    return JsonFile.read(directory.resolve(STATE), AgentState.FORMAT, AgentState::fromJson);
  }

  /**
   * Replaces the state; durable when this returns.
   *
   * @throws StateException when state is full, or cannot be written to for another reason
   */
  public void write(AgentState state) throws IOException {
    replace(STATE, JsonFile.bytes(state.under(boot).toJson()));
  }

  /** Local is what it should be in this boot, and the application may change it from now on. */
  public void noteStart() throws IOException {
    var known = read();
    if (known.isPresent()
        && (known.get().request().isPresent()
            || (boot.isPresent() && !isOfThisBoot(known.get())))) {
      write(known.get().goingBack(Optional.empty()));
    }
  }

  /** A random id that this directory keeps as long as it is there. */
  public String ownId() throws IOException {
    var known = knownId();
    if (known.isPresent()) {
      return known.get();
    }
    var id = UniqueName.make();
    replace(ID, (id + "\n").getBytes(US_ASCII));
    return id;
  }

  /** What the last run knew of this volume, and was about to publish to it. */
  public Index readIndex(String volumeId) throws IOException {
    return Index.read(index(), volumeId);
  }

  Path index() {
    return directory.resolve(INDEX);
  }

  /**
   * Keeps an index in step with what is known.
   *
   * @param read what {@link #readIndex} gave, and the facts were made of
   */
  public IndexLog log(String volumeId, Index read, IndexLog.Facts facts) {
    return new IndexLog(this, volumeId, read, facts);
  }

  /**
   * Replaces the index by what is known after a restore; durable when this returns.
   *
   * @param announced what else of the volume is ours, as {@link IndexLog#announce} has it
   */
  public void writeIndex(String volumeId, Map<Path, IndexEntry> entries, Set<Path> announced)
      throws IOException {
    writeIndex(volumeId, Optional.of(entries.entrySet().stream()), announced);
  }

  /** As {@link IndexLog#write}, durably. */
  int writeIndex(
      String volumeId, Optional<Stream<Map.Entry<Path, IndexEntry>>> entries, Set<Path> announced)
      throws IOException {
    var count = new AtomicInteger();
    replace(INDEX, out -> count.set(IndexLog.write(out, volumeId, entries, announced)));
    try {
      Files.deleteIfExists(directory.resolve(Index.ANNOUNCED_1));
    } catch (IOException e) {
      log.debug("what the first format announced stays in {}", directory, e);
    }
    return count.get();
  }

  /** What was kept by {@link #keepSetAside}, the oldest first. */
  public List<Path> setAside() throws IOException {
    return new SetAsideCopies(directory).all();
  }

  /** Makes the names durable of all that was kept by {@link #keepSetAside}. */
  public void syncSetAside() throws IOException {
    new SetAsideCopies(directory).sync();
  }

  /**
   * Keeps copies of what a restore takes out of local. They are the user's.
   *
   * @param copies a directory that {@link #scratch} named, complete and synced
   * @param most how many such directories may be left; the oldest are deleted
   * @return where they are; durable when this returns
   */
  public Path keepSetAside(Path copies, int most) throws IOException {
    return new SetAsideCopies(directory).keep(copies, most);
  }

  /** What the last run said that lasts; nothing when that is lost. */
  public Set<String> readSaid() {
    return Said.decode(directory.resolve(SAID));
  }

  /** Remembers what was said, for the next run. */
  public void writeSaid(Set<String> said) throws IOException {
    replace(SAID, Said.encode(said));
  }

  /**
   * Gives the locks back. A directory that was made for nothing goes: a refusal leaves no trace.
   */
  @Override
  public void close() throws IOException {
    if (lock.isPresent()) {
      lock.get().close();
    }
  }
}
