package io.liteferry.cli;

import com.google.gson.JsonObject;
import io.liteferry.control.Inquiry;
import io.liteferry.control.NoAgentException;
import io.liteferry.doctor.TimeLimit;
import io.liteferry.lease.LeaseView;
import io.liteferry.volume.Manifest;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a running agent says, and the manifest of a volume. */
@Command(
    name = "status",
    description =
        "Show what was published to VOLUME, when, and by whom; with LOCAL or --state also the"
            + " agent there.")
final class StatusCommand extends Subcommand {
  private static final TimeLimit PATIENCE = new TimeLimit(Duration.ofSeconds(10));

  @Parameters(
      arity = "1..2",
      split = Configuration.BETWEEN_DIRECTORIES,
      paramLabel = "[LOCAL] VOLUME",
      hideParamSyntax = true,
      description = "The directory of the agent to ask, if any, and the durable directory.")
  List<Path> directories = List.of();

  @Option(names = "--state", paramLabel = "DIR", description = AgentAnswers.STATE)
  @Nullable Path state;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  /** What is on the volume. */
  record OnVolume(
      String volumeId,
      Optional<Manifest> manifest,
      Optional<LeaseView.Holder> lease,
      List<Path> kept) {}

  @Override
  public Integer call() throws Exception {
    if (directories.size() > 2) { // for a list, arity is what one place takes
      throw misused(
          "too many directories: '%s'; give LOCAL and VOLUME".formatted(directories.get(2)));
    }
    var agent = agent();
    if (agent.isPresent() && !json) {
      print(AgentAnswers.text(agent.get())); // the volume may hang
    }
    OnVolume found;
    try {
      found = onVolume();
    } catch (IOException | BadPathException e) {
      if (agent.isPresent() && json) {
        print(Output.json(withAgent(new JsonObject(), agent)));
      }
      throw e;
    }
    if (json) {
      print(Output.json(withAgent(withHistory(Output.toJson(found), found), agent)));
      return ExitCode.OK.code;
    }
    print(Output.text(found));
    if (found.manifest().isPresent()) {
      print(history().text());
    }
    return ExitCode.OK.code;
  }

  private StatusHistory history() throws Exception {
    return StatusHistory.read(directories.getLast(), PATIENCE);
  }

  private JsonObject withHistory(JsonObject json, OnVolume found) throws Exception {
    if (found.manifest().isPresent()) {
      json.add("history", history().json());
    }
    return json;
  }

  private static JsonObject withAgent(JsonObject json, Optional<JsonObject> agent) {
    agent.ifPresent(a -> json.add("agent", a));
    return json;
  }

  /** What the agent says, or why none does; empty when nobody asked for it. */
  private Optional<JsonObject> agent() throws IOException {
    if (directories.size() == 1 && state == null) {
      return Optional.empty();
    }
    var json = new JsonObject();
    try {
      var local =
          directories.size() == 1
              ? Optional.<Path>empty()
              : Optional.of(Argument.LOCAL.readable(directories.getFirst()));
      var asked = Directories.existingState(local, Optional.ofNullable(state));
      var answer = Inquiry.status(asked, local);
      json.addProperty("running", true);
      answer.remove("format"); // that of the protocol
      answer.entrySet().forEach(member -> json.add(member.getKey(), member.getValue()));
    } catch (NoAgentException | BadPathException e) {
      if (e instanceof BadPathException && !namesAgent()) {
        return Optional.empty();
      }
      json.addProperty("running", false);
      json.addProperty("why", String.valueOf(e.getMessage()));
    }
    return Optional.of(json);
  }

  /** Variables may name what is not here, as those of the image do in a pod that only looks. */
  private boolean namesAgent() {
    var given = commandLine().getParseResult();
    return given.hasMatchedOption("--state")
        || (given.hasMatchedPositional(0) && directories.size() > 1);
  }

  /** On a thread of its own: a volume that hangs must not hide what the agent says. */
  private OnVolume onVolume() throws Exception {
    try {
      return PATIENCE.ask(this::look);
    } catch (TimeLimit.Exceeded e) {
      throw new BadPathException(
          ExitCode.VOLUME_UNAVAILABLE,
          "VOLUME %s does not answer: look at its mount".formatted(directories.getLast()));
    }
  }

  private OnVolume look() throws Exception {
    var root = Argument.VOLUME.readable(directories.getLast());
    var volume = new Volume(root);
    var manifest = volume.manifest();
    var id = manifest.isPresent() ? manifest.map(Manifest::volumeId) : volume.id();
    if (id.isEmpty()) {
      throw notOurs(root);
    }
    return new OnVolume(
        id.get(), manifest, new LeaseView(volume.own()).holder(), volume.keptCopies());
  }

  /** Of a directory without our mark. */
  static BadPathException notOurs(Path root) {
    return new BadPathException(
        ExitCode.VOLUME_UNAVAILABLE,
        "%s is not a volume of Liteferry: nothing was restored from it or published to it"
            .formatted(root));
  }
}
