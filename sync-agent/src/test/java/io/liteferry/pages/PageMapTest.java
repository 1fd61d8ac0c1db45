package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PageMapTest {
  private static final int PAGE_SIZE = 512;

  @TempDir Path directory;

  /** Pages in memory. */
  private record Pages(List<byte[]> pages) implements PageSource {
    static Pages random(int count) {
      var random = new Random(1);
      var pages = new ArrayList<byte[]>();
      for (int i = 0; i < count; i++) {
        var page = new byte[PAGE_SIZE];
        random.nextBytes(page);
        pages.add(page);
      }
      return new Pages(pages);
    }

    byte[] copy(int page) {
      return pages.get(page - 1).clone();
    }

    Pages with(int page, byte[] content) {
      var all = new ArrayList<>(pages);
      all.set(page - 1, content);
      return new Pages(all);
    }

    @Override
    public Shape shape() {
      return new Shape(pages.getFirst().length, pages.size());
    }

    @Override
    public void read(long page, byte[] into) {
      System.arraycopy(pages.get((int) page - 1), 0, into, 0, into.length);
    }
  }

  @Test
  void identity_ofPagesThatChangePlaces_isAnother() throws IOException {
    var pages = Pages.random(5);
    var swapped = pages.with(2, pages.copy(4)).with(4, pages.copy(2));
    assertNotEquals(pages.identity(), swapped.identity());
  }

  @Test
  void identity_ofEqualPagesThatBecomeOtherEqualOnes_isAnother() throws IOException {
    var pages = Pages.random(5);
    var one = pages.with(2, pages.copy(4));
    var other = pages.with(2, pages.copy(1)).with(4, pages.copy(1));
    assertNotEquals(one.identity(), other.identity());
  }

  @Test
  void identity_withZeroPagesAdded_isAnother() throws IOException {
    var pages = Pages.random(3);
    var zero = new byte[PAGE_SIZE];
    var all = new ArrayList<>(pages.pages());
    all.add(zero);
    all.add(zero);
    var longer = new Pages(all);
    assertNotEquals(pages.identity(), longer.identity());
  }

  @Test
  void identity_ofWhatABackupSetsAnew_isTheSame() throws IOException {
    var pages = Pages.random(3);
    var first = pages.copy(1);
    for (int at : new int[] {24, 27, 40, 43, 92, 99}) {
      first[at]++;
    }
    assertEquals(pages.identity(), pages.with(1, first).identity());
    for (int at : new int[] {23, 28, 39, 44, 91, 100}) {
      var other = pages.copy(1);
      other[at]++;
      assertNotEquals(pages.identity(), pages.with(1, other).identity());
    }
  }

  /** Two contents of page 2 with the same hash, for who knows all that goes into it. */
  private static byte[] collision(int which) {
    var page = new byte[4096];
    new Random(2).nextBytes(page);
    var content = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
    long first = Long.reverseBytes(0xb8fe6c3923a44bbeL) + 2; // of XXH3's secret, with the seed 2
    long second = Long.reverseBytes(0x7c01812cf721ad1cL) - 2;
    content.putInt(1024, (int) first).putInt(1024 + 4, 1000 + which);
    content.putInt(1024 + 64, (int) second).putInt(1024 + 64 + 4, 1000 - which);
    return page;
  }

  @Test
  void capture_ofAPageMadeToHaveTheSameHash_findsIt() throws IOException {
    var before = new Pages(List.of(new byte[4096], collision(0), new byte[4096]));
    var after = before.with(2, collision(7));
    assertFalse(Arrays.equals(before.copy(2), after.copy(2)));
    assertEquals(before.identity(), after.identity(), "which is not keyed");
    var file = directory.resolve("segment");
    try (var map = PageMap.build(directory.resolve("map"), before)) {
      var target = new Target(file, "a.db", 1, 1, 1, Instant.EPOCH, false, 1 << 20);
      assertInstanceOf(Outcome.Changed.class, Capture.ofImage(map, after, target));
      try (var segment = Segment.open(file, "a.db")) {
        assertArrayEquals(new long[] {2}, segment.pages());
        assertTrue(map.apply(segment));
      }
      Files.delete(file);
      assertInstanceOf(Outcome.Unchanged.class, Capture.ofImage(map, after, target));
    }
  }

  @Test
  void open_ofAMapThatWasBuilt_standsAtTheState() throws IOException {
    var file = directory.resolve("map");
    var pages = Pages.random(10_000);
    PageMap.build(file, pages).close();
    assertEquals(72 + 10_000 * 24, Files.size(file));
    try (var map = PageMap.open(file).orElseThrow()) {
      assertEquals(pages.identity(), map.identity());
      assertEquals(pages.shape(), map.shape());
    }
  }

  /** A power loss leaves some blocks of a file as they were: an entry can lie in two of them. */
  @Test
  void open_ofAMapWithTheKeyedHashOfAnEarlierContent_isEmpty() throws IOException {
    var file = directory.resolve("map");
    var before = Pages.random(3);
    var after = before.with(2, before.copy(3));
    var target = new Target(directory.resolve("s"), "a.db", 1, 1, 1, Instant.EPOCH, false, 1 << 20);
    byte[] earlier;
    try (var map = PageMap.build(file, before)) {
      earlier = Files.readAllBytes(file);
      assertInstanceOf(Outcome.Changed.class, Capture.ofImage(map, after, target));
      try (var segment = Segment.open(directory.resolve("s"), "a.db")) {
        assertTrue(map.apply(segment));
      }
    }
    PageMap.open(file).orElseThrow().close();
    var torn = Files.readAllBytes(file);
    int keyedOf2 = torn.length - 24 - 8;
    System.arraycopy(earlier, keyedOf2, torn, keyedOf2, 8);
    Files.write(file, torn);
    assertTrue(PageMap.open(file).isEmpty());
  }

  @Test
  void open_ofWhatIsNoMap_isEmpty() throws IOException {
    var file = directory.resolve("map");
    assertTrue(PageMap.open(file).isEmpty());
    PageMap.build(file, Pages.random(100)).close();
    var whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      var bytes = whole.clone();
      bytes[at]++;
      Files.write(file, bytes);
      // what is known of page 1 in full, and the key, may be wrong: then pages are sent again
      boolean harmless = at >= 40 && at < 64;
      var map = PageMap.open(file);
      assertEquals(harmless, map.isPresent(), "byte " + at);
      if (map.isPresent()) {
        map.get().close();
      }
      if (at % 16 == 0) {
        Files.write(file, Arrays.copyOf(whole, at));
        assertTrue(PageMap.open(file).isEmpty(), "cut off at " + at);
      }
    }
  }
}
