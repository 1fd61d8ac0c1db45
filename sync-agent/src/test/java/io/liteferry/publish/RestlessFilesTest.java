package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large files that are written to all the time. */
final class RestlessFilesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Path LOG = Path.of("app.log");

  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void open() throws IOException {
    site = new Site(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void rest_afterATry_isTwentyTimesAsLongAndFiveMinutesAtMost() {
    var files = new RestlessFiles();
    files.tried(LOG, SECOND, 0);
    assertEquals(20 * SECOND, files.rest(LOG, 0));
    assertEquals(0, files.rest(LOG, 20 * SECOND));
    files.tried(LOG, 100 * SECOND, 0);
    assertEquals(300 * SECOND, files.rest(LOG, 0));
    assertEquals(2, files.tries(LOG));
  }

  @Test
  void isRestless_quietForAsLongAsATryTakes_isAFileLikeAnyOther() {
    var files = new RestlessFiles();
    assertFalse(files.isRestless(LOG, 0, path -> false));
    files.tried(LOG, 3 * SECOND, 0);
    assertTrue(files.isRestless(LOG, 3 * SECOND - 1, path -> false));
    assertFalse(files.isRestless(LOG, 3 * SECOND, path -> false));
  }

  /** An upload that has just ended is on the volume before the row that names it. */
  @Test
  void isRestless_namedAndQuietForAMoment_isNot() {
    var files = new RestlessFiles();
    files.tried(LOG, 3 * SECOND, 0);
    assertTrue(files.isRestless(LOG, SECOND / 100, LOG::equals));
    assertFalse(files.isRestless(LOG, SECOND / 10, LOG::equals));
  }

  /** The row that names it may be committed by then. */
  @Test
  void pass_uploadThatHasEnded_doesNotRest() throws Exception {
    var upload = growingLog(5_000_000);
    site.pass();
    site.clock.onLook(() -> {});
    Files.setLastModifiedTime(
        upload, java.nio.file.attribute.FileTime.from(java.time.Instant.now().minusSeconds(9)));
    site.clock.letAnHourPass();
    assertTrue(site.pass().isComplete());
    site.assertVolumeEqualsLocal();
  }

  /** A log of some size, to which something is appended whenever we look at the clock. */
  private Path growingLog(int bytes) throws IOException {
    return growingLog(bytes, 0);
  }

  private Path growingLog(int bytes, long millisBetweenLines) throws IOException {
    var log = site.local.resolve("app.log");
    Files.write(log, new byte[bytes]);
    site.clock.onLook(
        () -> {
          try {
            Thread.sleep(millisBetweenLines);
            Files.writeString(log, "one more line\n", StandardOpenOption.APPEND);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    return log;
  }

  /** With the time between lines it is found written to, or quiet and younger than the scan. */
  @ParameterizedTest
  @ValueSource(longs = {0, 60})
  void pass_largeLogThatGrowsAllTheTime_isPublishedAsFarAsItWasAtTheScan(long millisBetweenLines)
      throws Exception {
    var log = growingLog(2_000_000, millisBetweenLines);
    TestDatabase.create(site.local.resolve("app.db")).insert("x").close();
    for (int i = 0; i < 4; i++) {
      site.pass(Publisher.Purpose.FLUSH);
    }
    var published = Files.readAllBytes(site.volume.resolve("app.log"));
    assertTrue(published.length >= 2_000_000, () -> "has " + published.length);
    var all = Files.readAllBytes(log);
    assertArrayEquals(Arrays.copyOf(all, published.length), published);
    site.clock.onLook(() -> {});
    site.pass(Publisher.Purpose.FLUSH);
    site.pass(Publisher.Purpose.FLUSH);
    site.assertVolumeEqualsLocal();
  }

  @Test
  void pass_largeLogThatGrowsAllTheTime_restsBetweenTries() throws Exception {
    growingLog(20_000_000);
    for (int i = 0; i < 4; i++) {
      site.pass(Publisher.Purpose.FLUSH);
    }
    long bytes = 0;
    for (int i = 0; i < 5; i++) {
      bytes += site.pass().bytes();
    }
    assertEquals(0, bytes);
  }

  /** Not a log: its beginning alone may never have been its content. */
  @Test
  void pass_fileThatGrowsAndChangesAtItsBeginning_isNeverPublishedInPart() throws Exception {
    var file = site.local.resolve("data.bin");
    Files.write(file, new byte[2_000_000]);
    site.pass();
    var before = Files.readAllBytes(site.volume.resolve("data.bin"));
    var n = new java.util.concurrent.atomic.AtomicInteger();
    site.clock.onLook(
        () -> {
          try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) n.incrementAndGet()}), 0);
            channel.write(ByteBuffer.wrap(new byte[100]), channel.size());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    for (int i = 0; i < 5; i++) {
      site.pass(Publisher.Purpose.FLUSH);
    }
    assertArrayEquals(before, Files.readAllBytes(site.volume.resolve("data.bin")));
    site.clock.onLook(() -> {});
    site.pass(Publisher.Purpose.FLUSH);
    site.assertVolumeEqualsLocal();
  }
}
