package io.liteferry.restore;

import io.liteferry.scan.Entry;
import java.util.List;

/**
 * What a restore would do.
 *
 * @param decision no refusal
 * @param copied the files and links that it would bring from the volume
 * @param removed the files and links that it would delete in local before
 */
public record RestorePlan(Decision decision, List<Entry> copied, List<Entry> removed) {
  /** The sizes of the files among these, together. */
  public static long bytes(List<Entry> entries) {
    return RestoreSite.bytes(entries);
  }
}
