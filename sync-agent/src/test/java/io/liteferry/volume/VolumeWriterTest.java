package io.liteferry.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.Durable;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestDatabase;
import io.liteferry.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is saved of what a change takes away. */
final class VolumeWriterTest {
  private static final Path APP = Path.of("app.db");

  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void publish() throws Exception {
    site = new Site(directory);
    TestDatabase.create(site.local.resolve(APP)).insertMany(1_000).close();
    site.pass();
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private VolumeWriter writer(int shrinkGuard) throws Exception {
    var volume = site.asVolume();
    var keeping = new VolumeWriter.Keeping(shrinkGuard, volume.manifest());
    return new VolumeWriter(volume, site.lease().staging(), keeping, () -> {});
  }

  private static Path staged(VolumeWriter writer) throws IOException {
    var staged = writer.staging().fresh();
    Durable.write(staged, new byte[1]);
    return staged;
  }

  private List<Path> kept() throws IOException {
    return site.asVolume().keptCopies();
  }

  private void assertKeptIf(Predecessor before) throws IOException {
    boolean expected = before == Predecessor.DATABASE || before == Predecessor.MISNAMED;
    assertEquals(expected ? 1 : 0, kept().size());
  }

  @ParameterizedTest
  @EnumSource(Predecessor.class)
  void put_inPlaceOfAnything_savesWhatIsKept(Predecessor before) throws Exception {
    var writer = writer(50);
    writer.put(staged(writer), APP, before);
    assertEquals(1, Files.size(site.volume.resolve(APP)));
    assertKeptIf(before);
  }

  @ParameterizedTest
  @EnumSource(Predecessor.class)
  void makeWay_forAnything_savesWhatIsKept(Predecessor before) throws Exception {
    writer(50).makeWay(APP, before);
    assertFalse(Files.exists(site.volume.resolve(APP)));
    assertKeptIf(before);
  }

  @ParameterizedTest
  @EnumSource(Predecessor.class)
  void remove_anything_savesWhatIsKept(Predecessor before) throws Exception {
    writer(50).remove(APP, before);
    assertFalse(Files.exists(site.volume.resolve(APP)));
    assertKeptIf(before);
  }

  @Test
  void remove_withoutAShrinkGuard_savesNothing() throws Exception {
    writer(0).remove(APP, Predecessor.DATABASE);
    assertEquals(List.of(), kept());
  }

  @Test
  void putDatabase_muchSmaller_savesTheLast() throws Exception {
    var small = directory.resolve("small.db");
    TestDatabase.create(small).close();
    var writer = writer(50);
    writer.putDatabase(staged(writer), APP, DatabaseHeader.read(small).orElseThrow());
    assertEquals(1, kept().size());
  }

  @Test
  void putDatabase_ofTheSameSize_savesNothing() throws Exception {
    var writer = writer(50);
    var header = site.asVolume().header(APP).orElseThrow();
    writer.putDatabase(staged(writer), APP, header);
    assertEquals(List.of(), kept());
  }

  /** Also when the manifest leaves it out before it goes. */
  @Test
  void pass_databaseDeleted_keepsItUnderTheLastGenerationThatHadIt() throws Exception {
    site.shrinkGuard(50);
    site.pass();
    long generation = site.asVolume().manifest().orElseThrow().generation();
    Files.delete(site.local.resolve(APP));
    site.pass();
    var name = kept().getFirst().getName(2).toString();
    assertTrue(name.startsWith("%09d-".formatted(generation)), name);
  }

  /** The agent knows it by its manifest alone, which leaves it out before it goes. */
  @Test
  void pass_databaseDeletedAfterAKill_keepsIt() throws Exception {
    site.kill();
    site.shrinkGuard(50);
    Files.delete(site.local.resolve(APP));
    site.pass();
    assertFalse(Files.exists(site.volume.resolve(APP)));
    assertEquals(1, kept().size());
  }

  /** A pass tries again what found no room after its place was made free. */
  @Test
  void makeWay_nameIsGoneAlready_isNoError() throws Exception {
    var writer = writer(50);
    writer.makeWay(APP, Predecessor.DATABASE);
    writer.makeWay(APP, Predecessor.DATABASE);
    assertEquals(1, kept().size());
  }
}
