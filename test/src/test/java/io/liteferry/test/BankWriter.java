package io.liteferry.test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * An application at work, as a process of its own: transactions on a {@link Bank} at a given rate.
 *
 * <p>It has no patience at all (busy timeout 0) and counts each time that it is told to wait.
 * Arguments: database, application's directory, record file, journal mode, commits per second, an
 * upload every so many transactions, seed. SIGTERM lets it finish its transaction and close the
 * database.
 *
 * <p>The record is outside of the application's directory and tells what was committed, whatever
 * happens to this process: a line {@code C id milliseconds} after each commit; at an orderly end
 * {@code T commits busy slowest-commit-in-milliseconds}.
 */
final class BankWriter {
  private static final Duration HICCUP = Duration.ofSeconds(1);
  private static final long RETRY_NANOS = 500_000;
  private static final int MOST_UPLOAD_BYTES = 64 * 1024;

  private final Path home;
  private final Connection connection;
  private final FileChannel record;
  private final Random random;
  private final int uploadEvery;
  private final PreparedStatement insert;
  private final PreparedStatement pay;
  private final PreparedStatement ballast;

  private long ballastRows;
  private long lastId;
  private long commits;
  private long busy;
  private long slowestNanos;

  private BankWriter(
      Connection connection, Path home, FileChannel record, Random random, int uploadEvery)
      throws SQLException {
    this.connection = connection;
    this.home = home;
    this.record = record;
    this.random = random;
    this.uploadEvery = uploadEvery;
    insert = connection.prepareStatement("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)");
    pay = connection.prepareStatement("UPDATE account SET balance = balance + ? WHERE id = ?");
    ballast =
        connection.prepareStatement(
            "UPDATE ballast SET version = ?, crc = ?, data = ? WHERE id = ?");
  }

  public static void main(String[] arguments) throws Exception {
    var database = Path.of(arguments[0]);
    var mode = Bank.JournalMode.valueOf(arguments[3]);
    int rate = Integer.parseInt(arguments[4]);
    var main = Thread.currentThread();
    var stop = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stop.countDown();
                  join(main);
                }));
    var properties = new Properties();
    properties.setProperty("busy_timeout", "0");
    // A test kills processes, not the machine: nothing depends on a sync, and the rates do.
    properties.setProperty("synchronous", "OFF");
    try (var record = FileChannel.open(Path.of(arguments[2]), CREATE, WRITE, APPEND);
        var connection = DriverManager.getConnection("jdbc:sqlite:" + database, properties)) {
      var writer =
          new BankWriter(
              connection,
              Path.of(arguments[1]),
              record,
              new Random(Long.parseLong(arguments[6])),
              Integer.parseInt(arguments[5]));
      writer.prepare(mode);
      writer.work(rate, stop);
      writer.note("T %d %d %d%n", writer.commits, writer.busy, writer.slowestNanos / 1_000_000);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** WAL is a property of the file; the other modes are chosen by each connection. */
  private void prepare(Bank.JournalMode mode) throws SQLException {
    patiently(
        () -> {
          execute("PRAGMA journal_mode = " + mode);
          return 0;
        });
    lastId = patiently(() -> number("SELECT coalesce(max(id), 0) FROM ledger"));
    ballastRows = patiently(() -> number("SELECT max(id) FROM ballast"));
  }

  private void work(int rate, CountDownLatch stop) throws SQLException, IOException {
    long period = Duration.ofSeconds(1).toNanos() / rate;
    long due = System.nanoTime();
    while (stop.getCount() > 0) {
      transaction();
      due += period;
      long now = System.nanoTime();
      if (now - due > HICCUP.toNanos()) {
        due = now; // do not make up for lost time in one burst
      }
      while (due - now > 0) {
        LockSupport.parkNanos(due - now);
        now = System.nanoTime();
      }
    }
  }

  /** The file first, then the row that names it; the file is whole before it has its name. */
  private void transaction() throws SQLException, IOException {
    long id = lastId + 1;
    var upload = id % uploadEvery == 0 ? upload(id) : null;
    int source = 1 + random.nextInt(Bank.ACCOUNTS);
    int target = 1 + random.nextInt(Bank.ACCOUNTS);
    long amount = 1 + random.nextLong(100);
    var data = new byte[Bank.BALLAST_BYTES];
    random.nextBytes(data);
    long ballastRow = 1 + random.nextLong(ballastRows);
    long begun = System.nanoTime();
    patiently(
        () -> {
          execute("BEGIN IMMEDIATE");
          try {
            insert.setLong(1, id);
            insert.setInt(2, source);
            insert.setInt(3, target);
            insert.setLong(4, amount);
            insert.setObject(5, upload == null ? null : upload.name());
            insert.setObject(6, upload == null ? null : upload.size());
            insert.setObject(7, upload == null ? null : upload.sha256());
            insert.executeUpdate();
            pay(source, -amount);
            pay(target, amount);
            ballast.setLong(1, id);
            ballast.setLong(2, Bank.crc(data));
            ballast.setBytes(3, data);
            ballast.setLong(4, ballastRow);
            ballast.executeUpdate();
            execute("COMMIT");
          } catch (SQLException e) {
            rollBack(e);
            throw e;
          }
          return id;
        });
    long now = System.currentTimeMillis();
    slowestNanos = Math.max(slowestNanos, System.nanoTime() - begun);
    lastId = id;
    commits++;
    note("C %d %d%n", id, now);
    if (commits == 1) {
      System.out.println("committing");
    }
  }

  private void pay(int account, long amount) throws SQLException {
    pay.setLong(1, amount);
    pay.setInt(2, account);
    pay.executeUpdate();
  }

  private void rollBack(SQLException cause) {
    try {
      execute("ROLLBACK");
    } catch (SQLException e) {
      cause.addSuppressed(e); // SQLite has rolled back by itself
    }
  }

  private Bank.Upload upload(long id) throws IOException {
    var content = new byte[1 + random.nextInt(MOST_UPLOAD_BYTES)];
    random.nextBytes(content);
    var name = "%d-%016x.bin".formatted(id, random.nextLong());
    var directory = Files.createDirectories(home.resolve(Bank.UPLOADS));
    var temporary = directory.resolve("." + name + ".part");
    Files.write(temporary, content, CREATE_NEW);
    Files.move(temporary, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    return new Bank.Upload(name, content.length, Sha256.of(content));
  }

  private interface Step {
    long run() throws SQLException;
  }

  /** Again and again while somebody else holds a lock, counting it each time. */
  private long patiently(Step step) throws SQLException {
    while (true) {
      try {
        return step.run();
      } catch (SQLiteException e) {
        int code = e.getResultCode().code & 0xff;
        if (code != SQLiteErrorCode.SQLITE_BUSY.code
            && code != SQLiteErrorCode.SQLITE_LOCKED.code) {
          throw e;
        }
        busy++;
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  private long number(String query) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @FormatMethod
  private void note(String format, Object... values) throws IOException {
    record.write(ByteBuffer.wrap(format.formatted(values).getBytes(US_ASCII)));
  }
}
