package io.liteferry.pages;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;

/** An application: reads a statement a line, runs it, and says what came of it. */
final class SqlShell {
  private SqlShell() {}

  public static void main(String[] arguments) throws IOException, SQLException {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (var connection = open(Path.of(arguments[0]));
        var statement = connection.createStatement()) {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith(".")) {
          System.out.println(line);
          System.out.flush();
          continue;
        }
        try {
          statement.execute(line);
        } catch (SQLException e) {
          System.out.println("Error: " + e.getMessage());
        }
      }
    }
  }

  private static Connection open(Path database) throws SQLException {
    var config = new SQLiteConfig();
    config.setBusyTimeout(0);
    return config.createConnection("jdbc:sqlite:" + database);
  }
}
