package io.liteferry.pages;

import io.liteferry.pages.Outcome.Found;
import io.liteferry.pages.Position.FileStamp;
import io.liteferry.pages.WalWalk.Walked;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.sqlite.ReadTransaction;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Optional;

/**
 * Finds out, within one read transaction, which pages of a database in WAL mode can differ from the
 * state at a position, and where they are.
 *
 * <p>The transaction keeps checkpoints from overwriting what the file has for it. It does not keep
 * a writer from beginning the log anew when all of it is in the file already. So what was read
 * counts only if the salts in the wal-index are the same afterwards: SQLite changes them before it
 * overwrites the first frame.
 */
final class LogReader {
  private static final int TRIES = 100;

  private final Seam seam;
  private final FileChannel file;
  private final FileChannel wal;
  private final FileChannel shm;
  private final int pageSize;
  private final FileStamp stamp;
  private final WalIndex index;

  private LogReader(ReadTransaction transaction, FileChannel wal, FileChannel shm, Seam seam)
      throws IOException {
    this.seam = seam;
    this.wal = wal;
    this.shm = shm;
    file = transaction.open();
    pageSize = transaction.pageSize();
    stamp = FileStamp.of(transaction.attributes());
    index = readIndex();
  }

  /**
   * Looks at the log; empty when the database is not in WAL mode.
   *
   * @throws AgainException when a writer is at the wal-index, or has died there; or when the
   *     database is in WAL mode, and somebody took its log away since SQLite opened it
   */
  static Optional<LogReader> of(ReadTransaction transaction, Seam seam) throws IOException {
    var wal = transaction.open(SideFile.WAL);
    var shm = transaction.open(SideFile.SHM);
    if (wal.isPresent() && shm.isPresent()) {
      return Optional.of(new LogReader(transaction, wal.get(), shm.get(), seam));
    }
    if (isInWalMode(transaction.open())) {
      throw new AgainException();
    }
    return Optional.empty();
  }

  /** By its file, which SQLite changes before the first frame and after the last one. */
  private static boolean isInWalMode(FileChannel file) throws IOException {
    var head = new byte[DatabaseHeader.BYTES];
    int found = Blocks.read(file, 0, head, head.length);
    return found == head.length
        && DatabaseHeader.parse(head).map(DatabaseHeader::wal).orElse(false);
  }

  private WalIndex readIndex() throws IOException {
    for (int i = 0; i < TRIES; i++) {
      var read = WalIndex.read(shm);
      if (read.isPresent()) {
        return read.get();
      }
    }
    throw new AgainException();
  }

  /** Whether the state that is read was the last one at an earlier look, too. */
  boolean isAt(WalIndex earlier) {
    return index.changes() == earlier.changes()
        && index.frames() == earlier.frames()
        && index.salts() == earlier.salts()
        && index.checksum().equals(earlier.checksum());
  }

  /** Where in the log the state ends that was read, by its name. */
  Position position(Identity state) {
    return Position.of(state, stamp, index);
  }

  /**
   * The pages that can differ.
   *
   * @param shape of the state at the position
   * @throws NoShortCutException when all pages can, as far as the log shows
   */
  Reading after(Optional<Position> position, Shape shape) throws IOException, NoShortCutException {
    var from = position.orElseThrow(() -> new NoShortCutException(Rule.POSITION_KNOWN));
    require(Rule.LOG_BEGUN, from.log().salts() != 0);
    require(Rule.SAME_FILE, from.file().key().equals(stamp.key()));
    if (index.salts() == from.log().salts()) {
      return sameLog(from, shape);
    }
    require(Rule.ONE_RESET, from.isBefore(index));
    return afterReset(from, shape);
  }

  private Reading sameLog(Position from, Shape before) throws IOException, NoShortCutException {
    require(Rule.NOT_TAKEN_BACK, index.frames() >= from.frames());
    require(Rule.HISTORY_STANDS, from.frames() == 0 || from.isIn(wal));
    require(Rule.FILE_UNTOUCHED, !from.isFileChangedByOthers(stamp, index));
    var frames = new FrameIndex();
    long smallest = before.pageCount();
    if (index.frames() > from.frames()) {
      var log = header();
      var start = from.frames() == 0 ? log.checksum() : from.checksum();
      long wanted = index.frames() - from.frames();
      var walked = new WalWalk(wal, log).from(from.frames(), start, wanted, frames);
      requireEnd(walked, wanted);
      requireCounted(from, walked.commits(), walked.repeated());
      smallest = Math.min(smallest, walked.smallest());
    } else {
      requireCounted(from, 0, 0);
      require(Rule.HISTORY_STANDS, from.frames() == 0 || index.checksum().equals(from.checksum()));
    }
    var state = state(from, before, frames);
    return reading(state, frames, smallest, new Found(Way.FRAMES, ""), this::requireSameLog);
  }

  /**
   * The old log was longer than the new one is: behind the new one's end, the file still has the
   * old one's. How many commits the wal-index counted says whether all of it is there.
   */
  private Reading afterReset(Position from, Shape before) throws IOException, NoShortCutException {
    require(Rule.NOT_OVERTAKEN, index.frames() < from.frames() && from.isIn(wal));
    var frames = new FrameIndex();
    var tail =
        new WalWalk(wal, from.log())
            .from(from.frames(), from.checksum(), Integer.MAX_VALUE, frames);
    int commits = tail.commits();
    long smallest = Math.min(before.pageCount(), tail.smallest());
    if (index.frames() > 0) {
      var log = header();
      var walked = new WalWalk(wal, log).from(0, log.checksum(), index.frames(), frames);
      requireEnd(walked, index.frames());
      commits += walked.commits();
      smallest = Math.min(smallest, walked.smallest());
    }
    require(Rule.ALL_COMMITS, commits == index.changes() - from.changes());
    require(Rule.NOT_CUT_OFF, isWhole(from));
    return reading(
        state(from, before, frames),
        frames,
        smallest,
        new Found(Way.RESET, ""),
        () -> {
          requireSameLog();
          // The new log is written from the file's start: while this is there, so is all behind it.
          requireOrAgain(Rule.TAIL_STANDS_AFTERWARDS, from.isIn(wal) && isWhole(from));
        });
  }

  /**
   * A recovery counts anew. Then commits can be lost of which a checkpoint has brought pages into
   * the file, where the log does not show them.
   */
  private void requireCounted(Position from, int commits, int repeated) throws NoShortCutException {
    int counted = index.changes() - from.changes();
    require(Rule.NOT_TAKEN_BACK, commits <= counted && counted <= commits + repeated);
  }

  private boolean isWhole(Position from) throws IOException {
    int frameBytes = WalFrame.HEAD_BYTES + from.log().pageSize();
    long size = wal.size();
    return (size - WalHeader.BYTES) % frameBytes == 0
        && size >= WalFrame.position(from.frames() + 1, from.log().pageSize());
  }

  private WalHeader header() throws IOException, NoShortCutException {
    var log = WalHeader.read(wal).orElseThrow(() -> new NoShortCutException(Rule.ENDS_AS_INDEXED));
    require(Rule.ENDS_AS_INDEXED, isOfIndex(log));
    return log;
  }

  private boolean isOfIndex(WalHeader log) {
    return log.salts() == index.salts() && log.pageSize() == pageSize;
  }

  private void requireEnd(Walked walked, long frames) throws NoShortCutException {
    require(
        Rule.ENDS_AS_INDEXED,
        walked.frames() == frames
            && walked.checksum().equals(index.checksum())
            && walked.pageCount() == index.pageCount());
  }

  private void require(Rule rule, boolean holds) throws NoShortCutException {
    if (!holds && !seam.ignores(rule)) {
      throw new NoShortCutException(rule);
    }
  }

  private void requireOrAgain(Rule rule, boolean holds) throws AgainException {
    if (!holds && !seam.ignores(rule)) {
      throw new AgainException();
    }
  }

  /** What the frames make of the state at the position. */
  private LiveState state(Position from, Shape before, FrameIndex frames)
      throws IOException, NoShortCutException {
    if (frames.slot(1) > 0) {
      return LiveState.of(shape(), file, Optional.of(wal), frames).ended();
    }
    require(Rule.SIZE_KNOWN, index.pageCount() == from.pageCount());
    return LiveState.of(before, file, Optional.of(wal), frames);
  }

  /**
   * The pages of frames alone, if no other can differ.
   *
   * @param smallest number of pages on the way: what is behind it was gone, and came back
   */
  private Reading reading(
      LiveState state, FrameIndex frames, long smallest, Found how, Reading.Validity validity)
      throws NoShortCutException {
    var shape = state.shape();
    var pages = frames.pages();
    long back = Arrays.stream(pages).filter(p -> p > smallest && p <= shape.pageCount()).count();
    require(Rule.NONE_CAME_BACK, back == shape.pagesAfter(smallest));
    return new Reading(state, Optional.of(pages), how, validity);
  }

  private Shape shape() throws IOException {
    long pages =
        index.pageCount() == 0
            ? Math.ceilDiv(file.size(), pageSize) // as for SQLite, when no commit says it
            : index.pageCount();
    return new Shape(pageSize, pages);
  }

  /**
   * All pages: those of the log over those of the file. It must be the whole log: with less, pages
   * that a checkpoint brought into the file would be mixed with older ones.
   *
   * @param why there is no short cut
   * @throws AgainException when the log is not the one of the index any more
   */
  Reading all(String why) throws IOException {
    requireSameLog();
    var frames = new FrameIndex();
    if (index.frames() > 0) {
      var log = WalHeader.read(wal).orElseThrow(AgainException::new);
      var walked = new WalWalk(wal, log).from(0, log.checksum(), index.frames(), frames);
      requireOrAgain(
          Rule.WHOLE_LOG,
          isOfIndex(log)
              && walked.frames() == index.frames()
              && walked.checksum().equals(index.checksum()));
    }
    return new Reading(
        LiveState.of(shape(), file, Optional.of(wal), frames).ended(),
        Optional.empty(),
        new Found(Way.SCAN, why),
        this::requireSameLog);
  }

  private void requireSameLog() throws IOException {
    requireOrAgain(Rule.SAME_LOG_AFTERWARDS, readIndex().salts() == index.salts());
  }
}
