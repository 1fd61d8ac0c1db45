package io.liteferry.sqlite;

import io.liteferry.durable.Errno;
import java.io.IOException;
import java.io.Serial;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A read transaction on a database that is in use, and within it the files themselves.
 *
 * <p>It keeps the package's rule about descriptors: what it opens is closed after the connection,
 * and nobody else of this process reads the file meanwhile, by whatever name. A file is opened by
 * the descriptor that SQLite has of it, so it is the same one, whatever has its name by now.
 */
public final class ReadTransaction {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final Path database;
  private final SQLiteConnection connection;
  private final Statement statement;
  private final Map<Path, Path> descriptors;
  private final List<FileChannel> opened;
  private final int pageSize;
  private long pageCount;

  private ReadTransaction(
      Path database, SQLiteConnection connection, Statement statement, List<FileChannel> opened)
      throws SQLException, IOException {
    this.database = database;
    this.connection = connection;
    this.statement = statement;
    this.opened = opened;
    begin();
    pageSize = (int) number(statement, "PRAGMA page_size");
    descriptors = descriptors();
  }

  private void begin() throws SQLException {
    statement.execute("BEGIN");
    pageCount = number(statement, "PRAGMA page_count"); // the transaction begins here
  }

  /** Sees what was committed meanwhile, with the files as they are open. */
  public void beginAgain() throws IOException {
    try {
      statement.execute("COMMIT");
      begin();
    } catch (SQLException e) {
      throw unreadable(database, e);
    }
  }

  /** What is done within a transaction. */
  @FunctionalInterface
  public interface Work<T> {
    /**
     * Reads. Must not keep the transaction, nor close what it opens.
     *
     * @param transaction open until this returns
     */
    T on(ReadTransaction transaction) throws IOException;
  }

  /** SQLite does not let the database be read now, or not in this way. */
  public static final class UnreadableException extends IOException {
    @Serial private static final long serialVersionUID = 1;
    private final boolean busy;

    UnreadableException(String why, boolean busy) {
      super(why);
      this.busy = busy;
    }

    /** Whether a moment later it may be readable: it is locked, or is being replaced. */
    public boolean isBusy() {
      return busy;
    }
  }

  /**
   * Runs within a transaction that begins and ends here.
   *
   * @param database absolute, with no symbolic link in it
   * @param busyTimeout how long to wait for a lock at most
   * @throws UnreadableException when SQLite does not let it be read
   */
  public static <T> T within(Path database, Duration busyTimeout, Work<T> work) throws IOException {
    var obstacle = Surroundings.of(database).obstacle();
    if (obstacle.isPresent()) {
      throw new UnreadableException(obstacle.get(), false);
    }
    return alone(database, () -> Connections.readOnly(database, busyTimeout), work);
  }

  /**
   * The same of a database that nobody changes and that has no side files; the caller makes sure of
   * both, before and after. Takes no lock, and makes no side file.
   */
  public static <T> T atRest(Path database, Work<T> work) throws IOException {
    return alone(database, () -> Connections.immutable(database), work);
  }

  /** Opens a connection. */
  private interface Opening {
    SQLiteConnection connection() throws SQLException;
  }

  private static <T> T alone(Path database, Opening opening, Work<T> work) throws IOException {
    try (var use = use(database)) {
      return read(database, use, opening, work);
    }
  }

  private static FileUse use(Path database) throws IOException {
    try {
      return FileUse.alone(database).orElseThrow(() -> busy("it is being read already"));
    } catch (FileSystemException e) {
      throw Errno.of(e).isNothingThere() ? busy("it is gone") : e;
    }
  }

  private static <T> T read(Path database, FileUse use, Opening opening, Work<T> work)
      throws IOException {
    var opened = new ArrayList<FileChannel>();
    try (var connection = opening.connection();
        var statement = connection.createStatement()) {
      var transaction = new ReadTransaction(database, connection, statement, opened);
      if (!use.isOf(transaction.attributes())) {
        throw busy("it is being replaced");
      }
      if (transaction.pageCount == 0) {
        throw new UnreadableException("it is empty", false);
      }
      var result = work.on(transaction);
      statement.execute("COMMIT");
      return result;
    } catch (SQLException e) {
      throw unreadable(database, e);
    } finally {
      // The connection is closed by now. Before it, this would take its locks away.
      for (var channel : opened) {
        channel.close();
      }
    }
  }

  /** In bytes. */
  public int pageSize() {
    return pageSize;
  }

  /** Of the state that this transaction sees. */
  public long pageCount() {
    return pageCount;
  }

  /** Of the database's file: the key tells it from another one that gets its name. */
  public BasicFileAttributes attributes() throws IOException {
    var descriptor = descriptors.get(database);
    if (descriptor == null) {
      throw busy("it is being replaced, or a symbolic link leads elsewhere");
    }
    return look(descriptor);
  }

  /** Opens the database's file. */
  public FileChannel open() throws IOException {
    return open(database).orElseThrow(() -> busy("it is being replaced"));
  }

  /** Opens a side file; empty when SQLite has not opened it for this transaction. */
  public Optional<FileChannel> open(SideFile kind) throws IOException {
    return open(kind.of(database));
  }

  /** As {@link Snapshot#take}, of the state that this transaction sees. */
  public Snapshot.Outcome snapshot(Path image) throws IOException {
    try {
      return Snapshot.takeWithin(connection, database, image);
    } catch (SQLException e) {
      throw unreadable(database, e);
    }
  }

  private Optional<FileChannel> open(Path name) throws IOException {
    var descriptor = descriptors.get(name);
    if (descriptor == null) {
      return Optional.empty();
    }
    var channel = FileChannel.open(descriptor, StandardOpenOption.READ);
    opened.add(channel);
    return Optional.of(channel);
  }

  /** The descriptors that this process has of the database and its side files, by name. */
  private Map<Path, Path> descriptors() throws IOException {
    var names = new ArrayList<>(SideFile.allOf(database));
    names.add(database);
    var found = new HashMap<Path, Path>();
    try (var all = Files.newDirectoryStream(DESCRIPTORS)) {
      for (var descriptor : all) {
        target(descriptor).filter(names::contains).ifPresent(name -> found.put(name, descriptor));
      }
    }
    return found;
  }

  private static Optional<Path> target(Path descriptor) {
    try {
      return Optional.of(Files.readSymbolicLink(descriptor));
    } catch (IOException e) {
      return Optional.empty(); // closed meanwhile, by another thread or as the one of this listing
    }
  }

  private static BasicFileAttributes look(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class);
    } catch (FileSystemException e) {
      throw Errno.of(e).isNothingThere() ? busy("it is gone") : e;
    }
  }

  private static long number(Statement statement, String query) throws SQLException {
    try (var rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  private static UnreadableException busy(String why) {
    return new UnreadableException(why, true);
  }

  private static UnreadableException unreadable(Path database, SQLException e) {
    if (Files.notExists(database)) {
      return busy("it is gone");
    }
    if (e instanceof SQLiteException s
        && s.getResultCode() == SQLiteErrorCode.SQLITE_READONLY_ROLLBACK) {
      return new UnreadableException("a crash left a journal that is to be rolled back", false);
    }
    int code = Connections.primaryCode(e);
    boolean busy =
        code == SQLiteErrorCode.SQLITE_BUSY.code || code == SQLiteErrorCode.SQLITE_LOCKED.code;
    return busy
        ? busy("locked by the application")
        : new UnreadableException(String.valueOf(e.getMessage()), false);
  }
}
