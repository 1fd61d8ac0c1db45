package io.liteferry.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import org.sqlite.SQLiteConnection;

/**
 * The image of a small database by way of memory. The backup API syncs its destination several
 * times, which takes longer than all the rest when a database is small; and an image in state needs
 * no sync, since what is in there is deleted at each start.
 */
final class SmallImage {
  /** In bytes. As many images as there are transfers are in memory at once. */
  static final long MOST_BYTES = 512 << 10;

  private static final int CHANGE_COUNTER_AT = 24;
  private static final int SCHEMA_COOKIE_AT = 40;
  private static final int VERSION_VALID_FOR_AT = 92;
  private static final int SQLITE_VERSION_AT = 96;

  private SmallImage() {}

  /**
   * Writes the image, byte for byte the one that the backup API makes.
   *
   * @param source in a read transaction
   * @return false, and nothing is written, when only the backup API can tell how the database is
   */
  static boolean write(SQLiteConnection source, int pageSize, Path image)
      throws SQLException, IOException {
    byte[] bytes;
    try {
      bytes = source.serialize("main");
    } catch (SQLException e) {
      return false; // the backup API says why
    }
    if (bytes.length < pageSize || hasEmptyPage(bytes, pageSize)) {
      return false;
    }
    var header = ByteBuffer.wrap(bytes);
    header.putInt(CHANGE_COUNTER_AT, 1);
    header.putInt(SCHEMA_COOKIE_AT, 1);
    header.putInt(VERSION_VALID_FOR_AT, 1);
    header.putInt(SQLITE_VERSION_AT, versionNumber(source));
    try {
      Files.write(image, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      return false; // not ours to delete
    } catch (IOException e) {
      Files.deleteIfExists(image);
      return false; // the backup API says in SQLite's words what its disk lacks
    }
    return true;
  }

  /** SQLite gives zeros for a page that it cannot read, and does not say so. */
  private static boolean hasEmptyPage(byte[] bytes, int pageSize) {
    for (int page = 0; page < bytes.length; page += pageSize) {
      int at = page;
      int end = Math.min(page + pageSize, bytes.length);
      while (at < end && bytes[at] == 0) {
        at++;
      }
      if (at == end) {
        return true;
      }
    }
    return false;
  }

  /** As SQLite counts: 3054001 is 3.54.1. */
  private static int versionNumber(SQLiteConnection connection) throws SQLException {
    int number = 0;
    for (var part : connection.libversion().split("\\.", 3)) {
      number = number * 1_000 + Integer.parseInt(part);
    }
    return number;
  }
}
