package io.liteferry.durable;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * A copy of one file's content into a new file, as {@link Durable#copy(Path, Path, Durable.Finish,
 * LongConsumer)} describes it.
 *
 * @param synced whether the new file is durable at the end, or the caller sees to that
 */
record FileCopy(Path from, Path to, Durable.Finish finish, LongConsumer copied, boolean synced) {
  /**
   * A long copy is synced now and then: all at once at the end would look like a volume that hangs,
   * and would fill the node's memory with pages that a slow server has yet to take.
   */
  private static final long SYNC_BYTES = 64L << 20;

  Digest whole() throws IOException {
    try (var in = open()) {
      return of(in, Long.MAX_VALUE);
    }
  }

  private FileChannel open() throws SourceException {
    try {
      return FileChannel.open(from, READ, NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new SourceException(e);
    }
  }

  /** Copies so many bytes at most from the beginning of an open file. */
  Digest of(FileChannel in, long bytes) throws IOException {
    var sha256 = Digest.newSha256();
    var buffer = Digest.buffer();
    in.position(0);
    var permissions = PosixFilePermissions.asFileAttribute(finish.permissions());
    try (var out = FileChannel.open(to, Set.of(WRITE, CREATE_NEW), permissions)) {
      long unsynced = 0;
      long left = bytes;
      while (left > 0 && readOn(in, Digest.limit(buffer, left))) {
        left -= buffer.flip().remaining();
        sha256.update(buffer);
        buffer.rewind();
        while (buffer.hasRemaining()) {
          int written = out.write(buffer);
          copied.accept(written);
          unsynced += written;
        }
        buffer.clear();
        if (synced && unsynced >= SYNC_BYTES) {
          Durable.sync(out, to);
          unsynced = 0;
        }
      }
      finish.of(to);
      if (synced) {
        Durable.sync(out, to);
      }
    }
    return Digest.of(sha256);
  }

  private boolean readOn(FileChannel in, ByteBuffer buffer) throws SourceException {
    try {
      return Digest.read(in, from, buffer) >= 0;
    } catch (IOException e) {
      throw new SourceException(e);
    }
  }
}
