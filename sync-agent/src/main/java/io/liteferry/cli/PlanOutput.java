package io.liteferry.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.PortableName;
import io.liteferry.publish.Amount;
import io.liteferry.publish.DryRun;
import io.liteferry.restore.Decision;
import io.liteferry.restore.RestorePlan;
import io.liteferry.scan.Entry;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What {@code restore --dry-run} and {@code sync --dry-run} print. */
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
          "replace LOCAL: somebody else published to VOLUME, and LOCAL has no changes of its own";
      case Decision.Recover recover ->
          "copy to STATE what a crash of the node set back or damaged, and replace LOCAL: "
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

  static String text(DryRun run) {
    var text = new StringBuilder();
    for (var kind : DryRun.Kind.values()) {
      append(text, kind, run.changes().stream().filter(c -> c.kind() == kind).toList());
    }
    appendNames(text, "would leave on VOLUME what did not come from LOCAL:", run.foreign());
    run.problems()
        .forEach(
            (path, why) -> text.append("could not publish %s: %s%n".formatted(nameOf(path), why)));
    return text.isEmpty() ? "would change nothing" : text.toString();
  }

  private static void append(StringBuilder text, DryRun.Kind kind, List<DryRun.Planned> changes) {
    if (changes.isEmpty()) {
      return;
    }
    long bytes = changes.stream().mapToLong(DryRun.Planned::bytes).sum();
    appendNames(
        text,
        switch (kind) {
          case DIRECTORY -> "would create " + directories(changes.size());
          case MODE -> "would set the mode of " + directories(changes.size());
          case LINK -> "would publish " + Amount.of(changes.size(), "link");
          case FILE -> published(changes.size(), "file", bytes);
          case DATABASE -> published(changes.size(), "database", bytes);
          case DELETION -> "would delete on VOLUME " + Amount.of(changes.size(), "name");
        },
        changes.stream().map(DryRun.Planned::path).toList());
    long held = changes.stream().filter(DryRun.Planned::held).count();
    if (held > 0) {
      text.append("  %d of them after --delete-guard, if they are still gone%n".formatted(held));
    }
  }

  private static String directories(int number) {
    return number == 1 ? "1 directory" : number + " directories";
  }

  private static String published(int number, String noun, long bytes) {
    return "would publish %s, %s".formatted(Amount.of(number, noun), Amount.ofBytes(bytes));
  }

  private static void appendNames(StringBuilder text, String what, Collection<Path> names) {
    if (names.isEmpty()) {
      return;
    }
    text.append(what).append(System.lineSeparator());
    names.stream().limit(MOST_NAMES).forEach(path -> text.append("  %s%n".formatted(nameOf(path))));
    if (names.size() > MOST_NAMES) {
      text.append("  and %d more, which --json names%n".formatted(names.size() - MOST_NAMES));
    }
  }

  private static String nameOf(Path path) {
    return LogSetup.oneLine(path.toString());
  }

  static JsonObject json(DryRun run) {
    var changes = new JsonArray();
    for (var planned : run.changes()) {
      var change = new JsonObject();
      change.addProperty("change", planned.kind().name().toLowerCase(Locale.ROOT));
      change.addProperty("path", PortableName.of(planned.path()));
      change.addProperty("bytes", planned.bytes());
      change.addProperty("held", planned.held());
      changes.add(change);
    }
    var foreign = new JsonArray();
    run.foreign().forEach(path -> foreign.add(PortableName.of(path)));
    var problems = new JsonObject();
    run.problems().forEach((path, why) -> problems.addProperty(PortableName.of(path), why));
    var json = new JsonObject();
    json.add("changes", changes);
    json.add("foreign", foreign);
    json.add("problems", problems);
    return json;
  }
}
