package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
      return new Shape(PAGE_SIZE, pages.size());
    }

    @Override
    public void read(long page, byte[] into) {
      System.arraycopy(pages.get((int) page - 1), 0, into, 0, PAGE_SIZE);
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

  @Test
  void open_ofAMapThatWasBuilt_standsAtTheState() throws IOException {
    var file = directory.resolve("map");
    var pages = Pages.random(10_000);
    PageMap.build(file, pages).close();
    assertEquals(64 + 10_000 * 16, Files.size(file));
    try (var map = PageMap.open(file).orElseThrow()) {
      assertEquals(pages.identity(), map.identity());
      assertEquals(pages.shape(), map.shape());
    }
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
      // what is known of page 1 in full is the one thing that may be wrong: then it is sent again
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
