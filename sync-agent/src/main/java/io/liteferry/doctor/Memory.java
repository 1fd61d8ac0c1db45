package io.liteferry.doctor;

import io.liteferry.publish.HeapNeed;
import java.io.IOException;
import java.util.function.LongFunction;

/**
 * Whether an agent with this process's heap has room for what it knows of each name.
 *
 * @param need by the number of names
 */
record Memory(LongFunction<HeapNeed> need) implements Check {
  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    long here = known.local().map(Memory::names).orElse(0L);
    long there = known.volume().map(Memory::names).orElse(0L);
    var heap = need.apply(Math.max(here, there));
    if (heap.isTooSmall()) {
      found.problem(heap.toString(), heap.remedy());
    } else if (heap.isTight()) {
      found.warning(heap.toString(), heap.remedy());
    } else {
      found.ok(heap.toString());
    }
    return known;
  }

  private static long names(Content content) {
    return content.inventory().items().size();
  }
}
