package io.liteferry.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.PortableName;
import io.liteferry.publish.Amount;
import io.liteferry.restore.Decision;
import io.liteferry.restore.RestorePlan;
import io.liteferry.scan.Entry;
import java.util.List;

/** What {@code restore --dry-run} prints. */
final class PlanOutput {
  /** Of each kind of change; a program asks for all. */
  private static final int MOST_NAMES = 20;

  private PlanOutput() {}

  static String text(RestorePlan plan) {
    var text = new StringBuilder("would ").append(what(plan.decision())).append('\n');
    append(text, "would remove from LOCAL", plan.removed());
    append(text, "would copy to LOCAL", plan.copied());
    return text.toString();
  }

  private static String what(Decision decision) {
    return switch (decision) {
      case Decision.Nothing nothing -> "begin with LOCAL and VOLUME empty";
      case Decision.CopyAll all -> "restore LOCAL from VOLUME";
      case Decision.CopyAgain again ->
          "replace LOCAL: somebody else published to VOLUME, and LOCAL has nothing of its own";
      case Decision.Recover recover ->
          "keep copies in STATE of what a crash of the node set back or damaged, and replace LOCAL:"
              + " "
              + LogSetup.oneLine(Decision.named(recover.databases()));
      case Decision.KeepLocal keep -> "keep LOCAL: it is the same as VOLUME or newer";
      case Decision.Adopt adopt ->
          "keep LOCAL: VOLUME has no data, and the first pass publishes what LOCAL has";
      case Decision.Refuse refuse -> throw new IllegalArgumentException(refuse.why());
    };
  }

  private static void append(StringBuilder text, String what, List<Entry> entries) {
    if (entries.isEmpty()) {
      return;
    }
    text.append(
        "%s %s, %s%n"
            .formatted(
                what,
                Amount.of(entries.size(), "file"),
                Amount.ofBytes(RestorePlan.bytes(entries))));
    for (var entry : entries.subList(0, Math.min(MOST_NAMES, entries.size()))) {
      text.append("  ").append(LogSetup.oneLine(entry.path().toString())).append('\n');
    }
    if (entries.size() > MOST_NAMES) {
      text.append("  and %d more, which --json names%n".formatted(entries.size() - MOST_NAMES));
    }
  }

  static JsonObject json(RestorePlan plan) {
    var json = new JsonObject();
    json.addProperty("decision", name(plan.decision()));
    if (plan.decision() instanceof Decision.Recover recover) {
      var databases = new JsonObject();
      recover.databases().forEach((path, why) -> databases.addProperty(PortableName.of(path), why));
      json.add("databases", databases);
    }
    json.add("copy", json(plan.copied()));
    json.add("remove", json(plan.removed()));
    return json;
  }

  private static String name(Decision decision) {
    return switch (decision) {
      case Decision.Nothing nothing -> "first-start";
      case Decision.CopyAll all -> "copy";
      case Decision.CopyAgain again -> "copy-again";
      case Decision.Recover recover -> "recover";
      case Decision.KeepLocal keep -> "keep";
      case Decision.Adopt adopt -> "adopt";
      case Decision.Refuse refuse -> throw new IllegalArgumentException(refuse.why());
    };
  }

  private static JsonObject json(List<Entry> entries) {
    var names = new JsonArray();
    entries.forEach(entry -> names.add(PortableName.of(entry.path())));
    var json = new JsonObject();
    json.addProperty("files", entries.size());
    json.addProperty("bytes", RestorePlan.bytes(entries));
    json.add("names", names);
    return json;
  }
}
