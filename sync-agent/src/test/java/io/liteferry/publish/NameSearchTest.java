package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NameSearchTest {
  @TempDir Path directory;

  private static boolean mayBeIn(Path image, String... names) throws IOException {
    return new NameSearch(Arrays.stream(names).map(Path::of).toList()).mayBeIn(image);
  }

  @Test
  void mayBeIn_rowNamesTheFile_isFoundWithAndWithoutItsEnding() throws IOException {
    var app = directory.resolve("app.db");
    TestDatabase.create(app).insertMany(1_000).insert("uploads/photo-17").insertMany(1_000).close();
    assertTrue(mayBeIn(app, "files/photo-17.jpg"));
    assertTrue(mayBeIn(app, "files/another.jpg", "files/photo-17"));
    assertFalse(mayBeIn(app, "files/photo-18.jpg", "tmp-4711"));
    assertFalse(mayBeIn(app));
  }

  @Test
  void mayBeIn_namesTooShortToLookFor_mayBeThere() throws IOException {
    var app = directory.resolve("app.db");
    TestDatabase.create(app).close();
    assertTrue(mayBeIn(app, "a.b"));
  }

  @Test
  void mayBeIn_textThatIsNotUtf8_mayBeThere() throws IOException {
    var app = directory.resolve("app.db");
    TestDatabase.create(app, "encoding = 'UTF-16'").insert("x").close();
    assertTrue(mayBeIn(app, "photo-17.jpg"));
  }

  @Test
  void mayBeIn_nameAtAnyPlace_isFound() throws IOException {
    var app = directory.resolve("app.db");
    TestDatabase.create(app).insert("x").close();
    var head = Arrays.copyOf(Files.readAllBytes(app), 100);
    var image = directory.resolve("image");
    var name = "a-name-of-some-length".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    int around = 1 << 18;
    for (int at : List.of(100, around - 40, around - 10, around - 1, around, around + 300_000)) {
      var bytes = Arrays.copyOf(head, at + name.length);
      System.arraycopy(name, 0, bytes, at, name.length);
      Files.write(image, bytes);
      assertTrue(mayBeIn(image, "a-name-of-some-length"), "at " + at);
      assertEquals(false, mayBeIn(image, "a-name-of-some-lengths"), "at " + at);
    }
  }
}
