package io.liteferry.cli;

import io.liteferry.restore.Rollback;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Restore, then watch. */
@Command(
    name = "run",
    description = "Restore LOCAL from VOLUME, publish changes of LOCAL until stopped, then flush.")
final class RunCommand extends AgentCommand {
  private static final Pattern SAME_AT_EACH_START =
      Pattern.compile("g?[0-9]{1,18}|[0-9]{4}-[0-9-]{5}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})");

  @Option(
      names = "--keep-local",
      description =
          "Refuse where LOCAL would be replaced: for a supervisor that may restart this under the"
              + " application, as Kubernetes does with a sidecar.")
  boolean keepLocal;

  @Option(
      names = "--at",
      paramLabel = "POINT",
      description =
          "Before all else, make LOCAL and VOLUME what VOLUME was at this point, once: see"
              + " --request. A generation as 131, or a time with its zone as"
              + " 2026-11-27T18:00:00+01:00.")
  @Nullable String at;

  @Mixin ReturnOptions back = new ReturnOptions();

  @Override
  void prepare(Session session) throws Exception {
    session.goBack(goingBack(), keepLocal ? Rollback.Scope.OWN_LOCAL : Rollback.Scope.ANY_LOCAL);
    session.restore(keepLocal, back.acceptOlder);
  }

  @Override
  void check() {
    if (at == null && !back.request.isEmpty()) {
      throw misused("--request needs --at");
    }
    if (at != null && !SAME_AT_EACH_START.matcher(at).matches()) {
      throw misused(
          "--at %s would mean another point at each start: write a generation as 131, or a time with its zone as 2026-11-27T18:00:00+01:00"
              .formatted(at));
    }
  }

  private Optional<GoingBack> goingBack() {
    return Optional.ofNullable(at)
        .map(
            text -> {
              var times = new TimeOptions();
              return new GoingBack(
                  times.read(this, text), false, times, GoingBack.id(text, back.request));
            });
  }
}
