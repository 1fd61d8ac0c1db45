package io.liteferry.pages;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.Errno;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * Hashes of each page of the state of a database that was published last: 24 bytes a page, in a
 * file of state, of which a block is in memory. For one thread at a time.
 *
 * <p>One hash names the state, and is the same for all agents; so who writes to the database could
 * make two contents that share it. The other one has a key of this map alone, and says whether a
 * page is another one.
 *
 * <p>It is a cache of what is on the volume and is never synced. Its head has the sums of both
 * hashes, so one that was cut off in the middle of a change, by whatever, does not open. Its
 * identity says which state it stands at; one that stands elsewhere is foreign, and is built anew.
 */
public final class PageMap implements Closeable {
  /** {@code LFpages} and the number of the format. */
  private static final long MARK = 0x4c46_7061_6765_7303L;

  private static final int HEAD_BYTES = 72;
  private static final int KEYED_AT = 2 * Long.BYTES;
  private static final int ENTRY_BYTES = 3 * Long.BYTES;
  private static final int BLOCK_ENTRIES = 4096;
  private static final PageHash NONE = new PageHash(0, 0);

  private final FileChannel file;
  private final long key;
  private final PageHasher hasher = new PageHasher();
  private final PageHasher keyed;
  private final byte[] bytes = new byte[BLOCK_ENTRIES * ENTRY_BYTES];
  private final ByteBuffer block = ByteBuffer.wrap(bytes);
  private long blockNumber = -1;
  private boolean blockChanged;

  private Shape shape;
  private HashSum sum;

  /** Of the hashes with the key: a power loss may leave one of them beside a newer plain one. */
  private long keyedSum;

  /** With the key, of page 1 with all its bytes. */
  private PageHash first;

  private PageMap(FileChannel file, Shape shape, HashSum sum, PageHash first, long key) {
    this.file = file;
    this.key = key;
    keyed = new PageHasher(key);
    this.shape = shape;
    this.sum = sum;
    this.first = first;
  }

  /**
   * Opens a map; empty when there is none, or none that is whole.
   *
   * @throws IOException when it cannot be read
   */
  public static Optional<PageMap> open(Path file) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, READ, WRITE, NOFOLLOW_LINKS);
    } catch (FileSystemException e) {
      if (Errno.of(e).isNothingThere()) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      var map = read(channel);
      if (map.isEmpty()) {
        channel.close();
      }
      return map;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static Optional<PageMap> read(FileChannel channel) throws IOException {
    var head = ByteBuffer.allocate(HEAD_BYTES);
    int found = Blocks.read(channel, 0, head.array(), HEAD_BYTES);
    if (found < HEAD_BYTES || head.getLong() != MARK) {
      return Optional.empty();
    }
    long pageSize = head.getLong();
    long pageCount = head.getLong();
    if (!Shape.isPageSize(pageSize)
        || pageCount < 0
        || pageCount != (channel.size() - HEAD_BYTES) / ENTRY_BYTES) {
      return Optional.empty();
    }
    var map =
        new PageMap(
            channel,
            new Shape((int) pageSize, pageCount),
            new HashSum(head.getLong(), head.getLong()),
            new PageHash(head.getLong(), head.getLong()),
            head.getLong());
    map.keyedSum = head.getLong();
    return map.areSumsOfEntries() ? Optional.of(map) : Optional.empty();
  }

  private boolean areSumsOfEntries() throws IOException {
    var total = HashSum.ZERO;
    long withKey = 0;
    for (long page = 1; page <= shape.pageCount(); page++) {
      total = total.plus(entry(page));
      withKey += block.getLong(load(page) + KEYED_AT);
    }
    return total.equals(sum) && withKey == keyedSum;
  }

  /**
   * Makes the map of a state, in place of what the file has. Takes a read of all pages.
   *
   * @throws IOException when either fails; what is left in the file is no map
   */
  public static PageMap build(Path file, PageSource state) throws IOException {
    var channel = FileChannel.open(file, READ, WRITE, CREATE, NOFOLLOW_LINKS);
    try {
      channel.truncate(0);
      int pageSize = state.shape().pageSize();
      long key = new SecureRandom().nextLong();
      var map = new PageMap(channel, new Shape(pageSize, 0), HashSum.ZERO, NONE, key);
      var content = new byte[pageSize];
      for (long page = 1; page <= state.shape().pageCount(); page++) {
        if (!state.shape().isOfLocks(page)) {
          state.read(page, content);
          map.put(page, content);
        }
      }
      map.become(state.shape());
      return map;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** How large the state is at which this map stands. */
  public Shape shape() {
    return shape;
  }

  /** Which state it is at which this map stands. */
  public Identity identity() {
    return Identity.of(shape, sum);
  }

  /**
   * Moves on to the state that a segment leads to: when it has been published, or when the map is
   * behind the volume.
   *
   * @return false, with nothing done, when the segment does not begin at this map's state
   * @throws IOException when either file fails, or the segment does not lead to where it says; this
   *     map must then be closed and built anew
   */
  public boolean apply(Segment segment) throws IOException {
    if (!segment.heading().from().equals(identity())
        || segment.shape().pageSize() != shape.pageSize()) {
      return false;
    }
    var content = new byte[shape.pageSize()];
    forgetAfter(segment.shape().pageCount());
    for (long page : segment.pages()) {
      segment.read(page, content);
      put(page, content);
    }
    become(segment.shape());
    if (!segment.heading().to().equals(identity())) {
      throw segment.damaged("it does not lead to the state that it names");
    }
    return true;
  }

  /** Whether the state has a page with this content, but for what the backup API sets anew. */
  boolean has(long page, byte[] content) throws IOException {
    return page <= shape.pageCount()
        && block.getLong(load(page) + KEYED_AT) == keyed.of(page, content).low();
  }

  /** Whether page 1 is this to its last byte. */
  boolean hasFirst(byte[] content) {
    return first.equals(keyed.exact(1, content));
  }

  /** The hash of a page; that of no page where the state has none. */
  PageHash hash(long page) throws IOException {
    return page <= shape.pageCount() ? entry(page) : NONE;
  }

  HashSum sum() {
    return sum;
  }

  private void put(long page, byte[] content) throws IOException {
    var hash = hasher.of(page, content);
    sum = sum.minus(hash(page)).plus(hash);
    if (page == 1) {
      first = keyed.exact(page, content);
    }
    setEntry(page, hash, keyed.of(page, content).low());
  }

  private void forgetAfter(long pageCount) throws IOException {
    for (long page = pageCount + 1; page <= shape.pageCount(); page++) {
      sum = sum.minus(entry(page));
      setEntry(page, NONE, 0);
    }
  }

  /** The head is written last: before that, the sum in it is not that of the entries. */
  private void become(Shape next) throws IOException {
    writeBlock();
    shape = next;
    long end = HEAD_BYTES + next.pageCount() * ENTRY_BYTES;
    if (file.size() > end) {
      file.truncate(end);
    } else if (file.size() < end) {
      Blocks.write(file, end - 1, new byte[1], 1); // the page of the locks is the last one
    }
    blockNumber = -1;
    var head = ByteBuffer.allocate(HEAD_BYTES).putLong(MARK);
    head.putLong(next.pageSize()).putLong(next.pageCount());
    head.putLong(sum.high()).putLong(sum.low()).putLong(first.high()).putLong(first.low());
    head.putLong(key).putLong(keyedSum);
    Blocks.write(file, 0, head.array(), HEAD_BYTES);
  }

  private PageHash entry(long page) throws IOException {
    int at = load(page);
    return new PageHash(block.getLong(at), block.getLong(at + Long.BYTES));
  }

  private void setEntry(long page, PageHash hash, long withKey) throws IOException {
    int at = load(page);
    keyedSum += withKey - block.getLong(at + KEYED_AT); // 0 where there was none
    block.putLong(at, hash.high()).putLong(at + Long.BYTES, hash.low());
    block.putLong(at + KEYED_AT, withKey);
    blockChanged = true;
  }

  /** Brings the block of a page into memory; returns where in it the page's entry is. */
  private int load(long page) throws IOException {
    long number = (page - 1) / BLOCK_ENTRIES;
    if (number != blockNumber) {
      writeBlock();
      Blocks.readPadded(file, HEAD_BYTES + number * bytes.length, bytes, bytes.length);
      blockNumber = number;
    }
    return (int) ((page - 1) % BLOCK_ENTRIES) * ENTRY_BYTES;
  }

  private void writeBlock() throws IOException {
    if (blockChanged) {
      Blocks.write(file, HEAD_BYTES + blockNumber * bytes.length, bytes, bytes.length);
      blockChanged = false;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
