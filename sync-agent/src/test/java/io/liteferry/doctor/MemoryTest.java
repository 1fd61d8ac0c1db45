package io.liteferry.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.liteferry.doctor.Finding.Verdict;
import io.liteferry.publish.HeapNeed;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class MemoryTest {
  private static Verdict verdict(long names, long heap) throws IOException {
    var found = new Findings("memory");
    new Memory(_ -> new HeapNeed(names, heap)).look(Gathered.NOTHING, found);
    return found.all().getFirst().verdict();
  }

  @Test
  void look_heap_isJudgedByTheNames() throws IOException {
    assertEquals(Verdict.OK, verdict(100_000, 126_000_000));
    assertEquals(Verdict.WARNING, verdict(100_000, 125_000_000));
    assertEquals(Verdict.WARNING, verdict(100_000, 96_000_000));
    assertEquals(Verdict.PROBLEM, verdict(100_000, 95_000_000));
  }
}
