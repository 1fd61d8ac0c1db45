package io.liteferry.pages;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A database that nobody writes to and that has no side files: an image, or the plain file on a
 * volume. Must not be opened for one that this process has open through SQLite.
 */
public final class PlainFile implements PageSource, Closeable {
  private final FileChannel channel;
  private final Window window;
  private final Shape shape;

  private PlainFile(FileChannel channel, Shape shape) {
    this.channel = channel;
    this.shape = shape;
    window = new Window(channel, shape.pageSize());
  }

  /**
   * Opens the file, and not through a symbolic link.
   *
   * @throws DamagedFileException when it is no database, or not of whole pages
   */
  public static PlainFile open(Path file) throws IOException {
    var header = DatabaseHeader.read(file).filter(h -> Shape.isPageSize(h.pageSize()));
    if (header.isEmpty()) {
      throw new DamagedFileException(file, "not a database");
    }
    int pageSize = header.get().pageSize();
    var channel = FileChannel.open(file, READ, NOFOLLOW_LINKS);
    long bytes = channel.size();
    if (bytes % pageSize != 0) {
      channel.close();
      throw new DamagedFileException(file, "not of whole pages");
    }
    return new PlainFile(channel, new Shape(pageSize, bytes / pageSize));
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public void read(long page, byte[] into) throws IOException {
    window.read(page, into);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
