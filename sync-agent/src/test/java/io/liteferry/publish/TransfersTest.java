package io.liteferry.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class TransfersTest {
  @Test
  void run_manyTasks_givesEachResultInOrder() throws Exception {
    try (var transfers = new Transfers(3)) {
      var tasks = new LinkedHashMap<Path, Transfers.Task<Integer>>();
      for (int i = 0; i < 100; i++) {
        int n = i;
        tasks.put(Path.of("f" + i), () -> n);
      }
      var results = new ArrayList<Integer>();
      transfers.run(tasks, (path, n) -> results.add(n));
      assertEquals(java.util.stream.IntStream.range(0, 100).boxed().toList(), results);
    }
  }

  @Test
  void run_tasks_runAtTheSameTime() throws Exception {
    try (var transfers = new Transfers(4)) {
      var together = new CountDownLatch(4);
      var tasks = new LinkedHashMap<Path, Transfers.Task<Boolean>>();
      for (int i = 0; i < 4; i++) {
        tasks.put(
            Path.of("f" + i),
            () -> {
              together.countDown();
              return together.await(10, TimeUnit.SECONDS);
            });
      }
      transfers.run(tasks, (path, met) -> assertTrue(met));
    }
  }

  @Test
  void run_taskThrows_startsNoFurtherOneWaitsForTheRestAndThrowsIt() throws Exception {
    try (var transfers = new Transfers(2)) {
      var failure = new IOException("first");
      var atWork = new AtomicInteger();
      var ran = new AtomicInteger();
      var slowBegan = new CountDownLatch(1);
      var stopped = new CountDownLatch(1); // never: the task is just slow
      var tasks = new LinkedHashMap<Path, Transfers.Task<Integer>>();
      tasks.put(
          Path.of("fails"),
          () -> {
            slowBegan.await();
            throw failure;
          });
      tasks.put(
          Path.of("slow"),
          () -> {
            atWork.incrementAndGet();
            slowBegan.countDown();
            stopped.await(100, TimeUnit.MILLISECONDS);
            return atWork.decrementAndGet();
          });
      for (int i = 0; i < 1_000; i++) {
        tasks.put(Path.of("f" + i), ran::incrementAndGet);
      }
      var thrown =
          assertThrows(IOException.class, () -> transfers.run(tasks, (path, result) -> {}));
      assertSame(failure, thrown);
      assertEquals(0, atWork.get(), "a transfer was still at work");
      assertTrue(ran.get() < 100, "tasks were started after the failure: " + ran);
    }
  }

  @Test
  void run_resultThrows_isThrown() {
    try (var transfers = new Transfers(2)) {
      var tasks = new LinkedHashMap<Path, Transfers.Task<Integer>>();
      tasks.put(Path.of("f"), () -> 1);
      assertThrows(
          IOException.class,
          () ->
              transfers.run(
                  tasks,
                  (path, result) -> {
                    throw new IOException("no");
                  }));
    }
  }
}
