package io.liteferry.sqlite;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.sqlite.Collation;
import org.sqlite.Function;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * Collations and functions under the names that the schema needs and only the application has. With
 * them SQLite prepares a check and goes through every b-tree. What depends on their order or values
 * says nothing.
 *
 * <p>A function is NULL for any arguments. A collation must hardly ever be called: each call leaves
 * two strings that Java frees only when the statement has ended. So a check that compares keys is
 * not run with one, and one that compares all the same is interrupted.
 */
final class StandIns {
  private static final int MAX_CALLS = 10_000;
  private static final long MAX_CHARACTERS = 1_000_000;
  private static final int INNOCUOUS = 0x200000;

  private final SQLiteConnection connection;
  private final CheckTimeout limit;
  private final Set<String> collations = new HashSet<>();
  private final Set<String> functions = new HashSet<>();
  private int calls;
  private long characters;

  StandIns(SQLiteConnection connection, CheckTimeout limit) {
    this.connection = connection;
    this.limit = limit;
  }

  /** Whether SQLite's message asks for something that this class can stand in for. */
  static boolean canHelp(SQLException e) {
    return Missing.of(e).isPresent();
  }

  /** In lower case, also those that cannot be made. */
  Set<String> collations() {
    return collations;
  }

  /** In lower case, also those that cannot be made. */
  Set<String> functions() {
    return functions;
  }

  /**
   * Prepares a statement and makes what is missing for it.
   *
   * @return why it cannot be prepared all the same
   * @throws SQLException when the reason says nothing of the database
   */
  Optional<SQLException> prepare(String sql) throws SQLException {
    while (true) {
      limit.requireTime();
      try {
        connection.prepareStatement(sql).close();
        return Optional.empty();
      } catch (SQLException e) {
        var missing = Missing.of(e);
        if (missing.isPresent() && make(missing.get())) {
          continue;
        }
        if (missing.isEmpty() && !DatabaseCheck.isOfContent(e)) {
          throw e;
        }
        return Optional.of(e);
      }
    }
  }

  /** To be called before each statement that runs. */
  void statementBegins() {
    calls = 0;
    characters = 0;
  }

  /** Whether the statement was interrupted because it compares too much. */
  boolean areExhausted() {
    return calls > MAX_CALLS || characters > MAX_CHARACTERS;
  }

  private boolean make(Missing missing) {
    if (!(missing.collation ? collations : functions).add(SqlNames.folded(missing.name))) {
      return false;
    }
    try {
      if (missing.collation) {
        Collation.create(connection, missing.name, new Order());
      } else {
        Function.create(
            connection,
            missing.name,
            new Function() {
              @Override
              protected void xFunc() {
                // no result is NULL
              }
            },
            -1, // any number of arguments
            Function.FLAG_DETERMINISTIC | INNOCUOUS);
      }
      return true;
    } catch (SQLException e) {
      return false; // for instance a name of more than 255 bytes
    }
  }

  private final class Order extends Collation {
    @Override
    protected int xCompare(String a, String b) {
      calls++;
      characters += a.length() + b.length();
      if (areExhausted()) {
        try {
          connection.getDatabase().interrupt();
        } catch (SQLException e) {
          throw new IllegalStateException(e); // the connection is open while it calls this
        }
      }
      return a.compareTo(b);
    }
  }

  private record Missing(boolean collation, String name) {
    /** What stands before and behind a name in a message of SQLite, in the parentheses of JDBC. */
    private record Frame(boolean collation, String before, String behind) {}

    private static final List<Frame> FRAMES =
        List.of(
            new Frame(true, "no such collation sequence: ", ")"),
            new Frame(false, "unknown function: ", "())"),
            new Frame(false, "no such function: ", ")"),
            new Frame(false, "wrong number of arguments to function ", "())"));

    static Optional<Missing> of(SQLException e) {
      if (Connections.primaryCode(e) == SQLiteErrorCode.SQLITE_INTERRUPT.code) {
        return Optional.empty();
      }
      var message = String.valueOf(e.getMessage());
      for (var frame : FRAMES) {
        int at = message.indexOf(frame.before);
        if (at >= 0 && message.endsWith(frame.behind)) {
          int end = message.length() - frame.behind.length();
          int begin = at + frame.before.length();
          if (begin < end) {
            return Optional.of(new Missing(frame.collation, message.substring(begin, end)));
          }
        }
      }
      return Optional.empty();
    }
  }
}
