package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.liteferry.doctor.TimeLimit;
import io.liteferry.fixture.Site;
import io.liteferry.past.History;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of the history is known in time. */
final class StatusHistoryTest {
  @TempDir Path directory;
  private Site site;

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void ask_whatWaitsTakesTooLong_saysAllElse() throws Exception {
    site = new Site(directory);
    site.write("file", "1");
    site.pass();
    site.write("file", "2");
    site.pass();
    var facts = HistoryFacts.of(History.read(site.asVolume()), ZoneOffset.UTC);
    var never = new CountDownLatch(1);
    var status =
        StatusHistory.ask(
            () -> facts,
            f -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              return 0;
            },
            new TimeLimit(Duration.ofSeconds(1)));
    never.countDown();
    assertTrue(status.text().contains("2 points since"), status::text);
    assertEquals(2, status.json().get("points").getAsInt());
    assertFalse(status.json().has("waitingBytes"));
    assertEquals(
        0,
        StatusHistory.ask(() -> facts, f -> 0, new TimeLimit(Duration.ofMinutes(1)))
            .waiting()
            .orElseThrow());
  }
}
