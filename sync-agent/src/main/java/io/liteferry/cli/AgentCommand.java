package io.liteferry.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Passes until stopped: an agent at work. */
abstract class AgentCommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin LeaseOptions lease = new LeaseOptions();
  @Mixin PassOptions passes = new PassOptions();
  @Mixin WatchOptions watch = new WatchOptions();
  @Mixin HealthOptions health = new HealthOptions();

  @Spec @Nullable CommandSpec spec;

  /** Gets local ready for the passes. */
  abstract void prepare(Session session) throws Exception;

  @Override
  public final Integer call() throws Exception {
    var commandLine = Objects.requireNonNull(spec).commandLine();
    var settings = watch.settings(commandLine);
    lease.check(commandLine);
    try (var observer = health.open(commandLine);
        var session = Session.open(tree, lease, observer)) {
      session.answer();
      session.flushKeptLocal(settings.flushTimeout());
      prepare(session);
      return session.watch(passes, settings).code;
    }
  }
}
