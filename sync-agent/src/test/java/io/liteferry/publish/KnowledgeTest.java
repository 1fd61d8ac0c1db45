package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.liteferry.durable.Digest;
import io.liteferry.publish.Knowledge.Published;
import io.liteferry.scan.PathFilter;
import io.liteferry.state.IndexEntry;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KnowledgeTest {
  private static final Path F = Path.of("f");

  @TempDir Path directory;
  private Volume volume;

  @BeforeEach
  void make() throws IOException {
    volume = new Volume(directory);
    Files.writeString(directory.resolve("f"), "text");
    Files.setLastModifiedTime(
        directory.resolve("f"), FileTime.from(123_456_789, TimeUnit.NANOSECONDS));
  }

  private static IndexEntry entry(long size, long mtime) {
    return new IndexEntry(
        false,
        Optional.empty(),
        Optional.empty(),
        new Digest("a".repeat(64)),
        size,
        mtime,
        0,
        0,
        0);
  }

  private Knowledge knowledge(IndexEntry entry) throws IOException {
    return Knowledge.of(volume, PathFilter.ALL, Map.of(F, entry));
  }

  @Test
  void of_fileAsTheIndexSays_isKnown() throws IOException {
    var entry = entry(4, 123_456_789);
    assertEquals(new Published.Known(entry), knowledge(entry).get(F));
    assertEquals(List.of(Map.entry(F, entry)), knowledge(entry).entries().toList());
  }

  @Test
  void of_fileOfAnotherSizeOrTime_isUnread() throws IOException {
    assertInstanceOf(Published.Unread.class, knowledge(entry(5, 123_456_789)).get(F));
    assertInstanceOf(Published.Unread.class, knowledge(entry(4, 123_456_788)).get(F));
    assertEquals(List.of(), knowledge(entry(5, 0)).entries().toList());
  }

  @Test
  void of_volume_listsWhatIsTheApplications() throws IOException {
    Files.createDirectories(directory.resolve("d/e"));
    Files.createSymbolicLink(directory.resolve("l"), Path.of("nowhere"));
    Files.createDirectories(volume.own().resolve("staging"));
    Files.createFile(directory.resolve(".nfs01"));
    var knowledge = Knowledge.of(volume, PathFilter.ALL, Map.of());
    assertEquals(Set.of(F, Path.of("d"), Path.of("d/e"), Path.of("l")), knowledge.names().keySet());
    assertEquals(new Published.Link(Path.of("nowhere")), knowledge.get(Path.of("l")));
  }

  @Test
  void remove_directory_forgetsWhatIsBelowAndNothingBeside() throws IOException {
    Files.createDirectories(directory.resolve("d/e"));
    Files.createFile(directory.resolve("d/e/f"));
    Files.createFile(directory.resolve("d-beside"));
    Files.createFile(directory.resolve("d.beside"));
    var knowledge = Knowledge.of(volume, PathFilter.ALL, Map.of());
    knowledge.remove(Path.of("d"));
    assertNull(knowledge.get(Path.of("d/e/f")));
    assertEquals(Set.of(F, Path.of("d-beside"), Path.of("d.beside")), knowledge.names().keySet());
  }
}
