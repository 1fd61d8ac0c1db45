package io.liteferry.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** An open file or directory of the model. Each read, write and sync is a request. */
final class ModelChannel extends FileChannel {
  private final ModelFileSystem client;
  private final ModelPath path;
  private final Inode inode;
  private final boolean readable;
  private final boolean writable;
  private long position;

  ModelChannel(ModelPath path, Inode inode, Set<? extends OpenOption> options) {
    this.client = path.getFileSystem();
    this.path = path;
    this.inode = inode;
    this.writable =
        options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
    this.readable = options.contains(StandardOpenOption.READ) || !writable;
    this.position = options.contains(StandardOpenOption.APPEND) ? inode.now.data().length : 0;
  }

  private ModelServer server() {
    return client.server();
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    int count = read(to, position);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public int read(ByteBuffer to, long from) throws IOException {
    if (!readable) {
      throw new NonReadableChannelException();
    }
    return client.call(
        Request.Kind.READ,
        path,
        () -> {
          if (inode.isDirectory()) {
            throw Errno.EISDIR.onOpenFile();
          }
          var data = inode.now.data();
          if (from >= data.length) {
            return -1;
          }
          int count = (int) Math.min(data.length - from, Math.min(to.remaining(), client.most()));
          to.put(data, (int) from, count);
          return count;
        });
  }

  @Override
  public long read(ByteBuffer[] to, int offset, int length) throws IOException {
    return read(to[offset]);
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int count = write(from, position);
    position += count;
    return count;
  }

  @Override
  public int write(ByteBuffer from, long to) throws IOException {
    if (!writable) {
      throw new NonWritableChannelException();
    }
    var bytes = new byte[Math.min(from.remaining(), client.most())];
    from.get(bytes);
    return client.call(
        Request.Kind.WRITE,
        path,
        () -> {
          server().write(inode, to, bytes);
          return bytes.length;
        });
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    return write(from[offset]);
  }

  @Override
  public void force(boolean metaData) throws IOException {
    client.call(
        Request.Kind.SYNC,
        path,
        () -> {
          server().sync(inode);
          return true;
        });
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public FileChannel position(long to) {
    position = to;
    return this;
  }

  @Override
  public long size() throws IOException {
    return client.call(Request.Kind.LOOK, path, () -> (long) inode.now.data().length);
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    client.call(
        Request.Kind.WRITE,
        path,
        () -> {
          server().truncate(inode, size);
          return true;
        });
    return this;
  }

  @Override
  public long transferTo(long from, long count, WritableByteChannel to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferFrom(ReadableByteChannel from, long position, long count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long from, long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileLock lock(long from, long size, boolean shared) {
    throw new UnsupportedOperationException("nobody locks files on a volume");
  }

  @Override
  public FileLock tryLock(long from, long size, boolean shared) {
    throw new UnsupportedOperationException("nobody locks files on a volume");
  }

  @Override
  protected void implCloseChannel() {}
}
