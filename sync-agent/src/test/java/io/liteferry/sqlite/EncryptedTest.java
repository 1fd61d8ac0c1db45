package io.liteferry.sqlite;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.fixture.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EncryptedTest {
  private static final int PAGE = 4096;

  @TempDir Path directory;
  private final Random random = new Random(20260101);
  private Path file;

  @BeforeEach
  void make() {
    file = directory.resolve("app.db");
  }

  private void change(Consumer<byte[]> how) throws IOException {
    var bytes = Files.readAllBytes(file);
    how.accept(bytes);
    Files.write(file, bytes);
  }

  private void noise(byte[] bytes, int from, int to) {
    var noise = new byte[to - from];
    random.nextBytes(noise);
    System.arraycopy(noise, 0, bytes, from, noise.length);
  }

  /** As SQLCipher leaves them with {@code plaintext_header_size}. */
  @ParameterizedTest
  @CsvSource({
    "16, 4096, 1", "32, 4096, 1", "100, 4096, 1", "32, 4096, 2000", "100, 4096, 2000",
    "16, 4096, 20000", "100, 1024, 2000", "100, 512, 2000", "100, 65536, 2000", "16, 1024, 2000",
  })
  void isOne_headerAndThenNoise_isEncrypted(int plain, int pageSize, int rows) throws IOException {
    TestDatabase.create(file, "page_size = " + pageSize).insertMany(rows).close();
    change(bytes -> noise(bytes, plain, bytes.length));
    assertTrue(Encrypted.isOne(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 20_000})
  void isOne_soundDatabase_isNot(int rows) throws IOException {
    TestDatabase.create(file).insertMany(Math.max(1, rows)).close();
    assertFalse(Encrypted.isOne(file));
  }

  /** As photographs, or what the application encrypts itself. */
  private void createWithNoiseAsContent() {
    TestDatabase.create(file)
        .run(
            "INSERT INTO t(word) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                + " LIMIT 20) SELECT randomblob(200000) FROM n")
        .close();
  }

  @Test
  void isOne_soundDatabaseWithNoiseAsContent_isNot() throws IOException {
    createWithNoiseAsContent();
    assertFalse(Encrypted.isOne(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 100})
  void isOne_firstPageOfSuchADatabaseIsNoise_isDamage(int from) throws IOException {
    createWithNoiseAsContent();
    change(bytes -> noise(bytes, from, PAGE));
    assertFalse(Encrypted.isOne(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 24, 100})
  void isOne_firstPageIsNoise_isDamage(int from) throws IOException {
    TestDatabase.create(file).insertMany(500).close();
    change(bytes -> noise(bytes, from, PAGE));
    assertFalse(Encrypted.isOne(file));
  }

  @Test
  void isOne_secondHalfIsNoise_isDamage() throws IOException {
    TestDatabase.create(file).insertMany(2_000).close();
    change(bytes -> noise(bytes, bytes.length / 2, bytes.length));
    assertFalse(Encrypted.isOne(file));
  }

  @Test
  void isOne_firstHalfIsNoise_isDamage() throws IOException {
    TestDatabase.create(file).insertMany(2_000).close();
    change(bytes -> noise(bytes, 100, bytes.length / 2));
    assertFalse(Encrypted.isOne(file));
  }

  @Test
  void isOne_headerFieldsAreNoise_isDamage() throws IOException {
    TestDatabase.create(file).insertMany(2_000).close();
    change(bytes -> noise(bytes, 16, 100));
    assertFalse(Encrypted.isOne(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 100})
  void isOne_zerosOrTextAfterTheHeader_isDamage(int from) throws IOException {
    TestDatabase.create(file).insertMany(2_000).close();
    change(bytes -> Arrays.fill(bytes, from, bytes.length, (byte) 0));
    assertFalse(Encrypted.isOne(file));
    change(bytes -> Arrays.fill(bytes, from, bytes.length, (byte) 0xff));
    assertFalse(Encrypted.isOne(file));
    var text = "all work and no play makes a dull database\n".getBytes(StandardCharsets.UTF_8);
    change(
        bytes -> {
          for (int i = from; i < bytes.length; i++) {
            bytes[i] = text[i % text.length];
          }
        });
    assertFalse(Encrypted.isOne(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 100, 101, 600, 4095, 4096, 5000})
  void isOne_cutShort_isDamage(int length) throws IOException {
    TestDatabase.create(file).insertMany(2_000).close();
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
    assertFalse(Encrypted.isOne(file));
  }

  @Test
  void isOne_pagesInAnotherOrder_isDamage() throws IOException {
    TestDatabase.create(file).insertMany(2_000).close();
    change(
        bytes -> {
          var last = Arrays.copyOfRange(bytes, bytes.length - PAGE, bytes.length);
          System.arraycopy(last, 100, bytes, 100, PAGE - 100);
        });
    assertFalse(Encrypted.isOne(file));
  }

  @Test
  void isOne_noHeader_isNot() throws IOException {
    var bytes = new byte[10 * PAGE];
    noise(bytes, 0, bytes.length);
    Files.write(file, bytes);
    assertFalse(Encrypted.isOne(file), "it is a file in any case");
  }
}
