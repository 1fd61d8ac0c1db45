package io.liteferry.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Digest;
import io.liteferry.durable.JsonFile;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.fixture.Names;
import io.liteferry.history.CheckLevel;
import io.liteferry.history.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
  private static final Digest A = new Digest("a".repeat(64));
  private static final Digest B = new Digest("b".repeat(64));
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678901234Z");

  @TempDir Path directory;
  private Volume volume;

  @BeforeEach
  void make() throws IOException {
    volume = new Volume(directory);
    Files.createDirectory(volume.own());
  }

  private static Manifest manifest() {
    var databases = new TreeMap<Path, Manifest.Database>();
    databases.put(
        Path.of("app.db"),
        new Manifest.Database(
            1L << 40,
            65536,
            true,
            A,
            Optional.of(B),
            NOW,
            Optional.of(7L),
            Optional.of(new Manifest.State("id", 412, CheckLevel.FULL, Optional.of(411L)))));
    var root = Path.of("/");
    for (var name : Names.below(root)) {
      databases.put(
          root.relativize(name),
          new Manifest.Database(
              0, 512, false, B, Optional.empty(), NOW, Optional.empty(), Optional.empty()));
    }
    return new Manifest(
        "volume",
        Long.MAX_VALUE,
        "publication",
        false,
        NOW,
        databases,
        4,
        List.of("app.db: locked"),
        List.of(new Manifest.Applied(5, new Point.Rollback(3, "2026-11-27T16:58:40Z#"), NOW)));
  }

  @Test
  void read_whatWasWritten_isTheSame() throws IOException {
    Files.write(volume.manifestFile(), JsonFile.bytes(manifest().toJson()));
    assertEquals(Optional.of(manifest()), volume.manifest());
  }

  @Test
  void read_noManifest_isEmpty() throws IOException {
    assertEquals(Optional.empty(), volume.manifest());
    assertEquals(Optional.empty(), volume.manifestIfReadable());
  }

  @Test
  void read_formatOfTheFuture_isRefused() throws IOException {
    Files.writeString(volume.manifestFile(), "{\"format\": 2}");
    assertThrows(UnknownFormatException.class, volume::manifest);
    assertThrows(UnknownFormatException.class, volume::manifestIfReadable);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"format\"",
        "\"volume\"",
        "\"generation\"",
        "\"publication\"",
        "\"complete\"",
        "\"written\"",
        "\"databases\"",
        "\"path\"",
        "\"bytes\"",
        "\"pageSize\"",
        "\"journalMode\"",
        "\"sha256\"",
        "\"published\"",
        "aaaaaaaaaaaaaaaa",
        "2026-01-02T",
        "9223372036854775807"
      })
  void read_memberMissingOrOdd_isDamaged(String member) throws IOException {
    var text =
        new String(JsonFile.bytes(manifest().toJson()), java.nio.charset.StandardCharsets.UTF_8);
    assertTrue(text.contains(member));
    Files.writeString(
        volume.manifestFile(), text.replace(member, member.startsWith("\"") ? "\"other\"" : "x"));
    assertThrows(DamagedFileException.class, volume::manifest);
    assertEquals(Optional.empty(), volume.manifestIfReadable());
  }

  @Test
  void read_cutShortAnywhere_isDamaged() throws IOException {
    var bytes = JsonFile.bytes(manifest().toJson());
    for (int length = 0; length < bytes.length - 2; length += 17) {
      Files.write(volume.manifestFile(), java.util.Arrays.copyOf(bytes, length));
      assertThrows(DamagedFileException.class, volume::manifest, "cut to " + length);
    }
  }

  @Test
  void names_contentOfThisOrThePreviousPublication_areKnown() {
    var database = manifest().databases().get(Path.of("app.db"));
    assertTrue(database.names(A));
    assertTrue(database.names(B));
    assertFalse(database.names(new Digest("c".repeat(64))));
    assertFalse(database.completed().names(B));
  }
}
