package io.liteferry.cli;

import picocli.CommandLine.Mixin;

/** Passes until stopped: an agent at work. */
abstract class AgentCommand extends Subcommand {
  @Mixin TreeOptions tree = new TreeOptions();
  @Mixin LeaseOptions lease = new LeaseOptions();
  @Mixin PassOptions passes = new PassOptions();
  @Mixin WatchOptions watch = new WatchOptions();
  @Mixin HealthOptions health = new HealthOptions();

  /** Gets local ready for the passes. */
  abstract void prepare(Session session) throws Exception;

  /** Refuses what options say together. */
  void check() {}

  @Override
  public final Integer call() throws Exception {
    var settings = watch.settings(commandLine());
    check();
    lease.check(commandLine());
    try (var observer = health.open(commandLine());
        var session = Session.open(tree, lease, observer)) {
      session.answer();
      session.flushKeptLocal(settings.flushTimeout());
      prepare(session);
      return session.watch(passes, settings).code;
    }
  }
}
