package io.liteferry.doctor;

import io.liteferry.durable.User;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Amount;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.HeapNeed;
import io.liteferry.restore.RestoreSite;
import io.liteferry.volume.KeepSettings;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Looks at everything that an agent will rely on, one check after the other. For one thread. */
public final class Doctor {
  private static final Duration CLOCKS_AGREE = Duration.ofMinutes(1);

  /**
   * One line of the list of checks.
   *
   * @param subject in the report; also of the finding when it cannot be looked at
   * @param asksVolume whether it waits for the volume, which may be silent
   */
  private record Line(String subject, boolean asksVolume, Check check) {}

  /** What is found is reported in the order of the subjects here, and for each as it was found. */
  private final List<Line> checks;

  private final TimeLimit limit;
  private final List<Finding> findings = new ArrayList<>();
  private boolean volumeIsSilent;

  /** In which form an agent publishes, by its options. */
  public record Forms(FormSettings form, KeepSettings keep) {
    private Check check(RestoreSite site) {
      return new PublicationForms(site, form, keep);
    }
  }

  /**
   * Makes the list of checks.
   *
   * @param site with a state directory that is only looked at, and may not exist
   * @param transfers how many files are on their way to the volume at once
   * @param limits of local and state
   * @param forms of publication
   * @param limit for each check
   */
  public Doctor(RestoreSite site, int transfers, Limits limits, Forms forms, TimeLimit limit) {
    var local = site.local();
    var volume = site.volume();
    var state = site.state().path();
    this.limit = limit;
    checks =
        List.of(
            new Line("mounts", false, new FileSystemAdvice(site)),
            new Line("user", false, Doctor::user),
            new Line("local", false, new Content.OfLocal(site)),
            new Line("state", false, (known, found) -> Probe.ofState(state, known, found)),
            new Line("volume", true, (known, found) -> Probe.ofVolume(volume, known, found)),
            new Line("volume", true, new OwnDirectory(volume)),
            new Line("volume", true, new Content.OfVolume(site)),
            new Line("databases", false, new WriterHolds(local)),
            new Line("databases", true, forms.check(site)),
            new Line("space", true, new Room(site, transfers, limits)),
            new Line("memory", false, new Memory(HeapNeed::of)),
            new Line("inotify", false, new Inotify(local)),
            new Line("clock", false, (known, found) -> clocks(site.clock(), known, found)),
            new Line(Report.AGENT_AT_WORK, false, new AgentAtWork(state)),
            new Line("lease", true, new LeaseHolder(site)),
            new Line("start", true, new Start(site, transfers)));
  }

  /** Makes all checks. */
  public Report examine() {
    var known = Gathered.NOTHING;
    for (var line : checks) {
      known = ask(line, known);
    }
    var subjects = checks.stream().map(Line::subject).toList();
    findings.sort(Comparator.comparingInt(finding -> subjects.indexOf(finding.subject())));
    return new Report(findings);
  }

  /** What does not answer once is not asked again: each check would wait as long. */
  private Gathered ask(Line line, Gathered known) {
    if (line.asksVolume && volumeIsSilent) {
      return known;
    }
    var found = new Findings(line.subject);
    try {
      var knownNow = limit.ask(() -> line.check.look(known, found));
      findings.addAll(found.all());
      return knownNow;
    } catch (TimeLimit.Exceeded e) {
      addSilent(line, e);
    } catch (IOException e) {
      found.problem(VolumeException.why(e), "correct that, and run doctor again");
      findings.addAll(found.all());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return known;
  }

  /** What was found until then is left alone, with the thread that may still find more. */
  private void addSilent(Line line, TimeLimit.Exceeded e) {
    var found = new Findings(line.subject);
    if (line.asksVolume) {
      volumeIsSilent = true;
      found.problem(
          "the volume gives " + e.getMessage(),
          "check whether its server can be reached; doctor looked at nothing else of it");
    } else {
      found.problem("it gives " + e.getMessage(), "give more time with --time-limit");
    }
    findings.addAll(found.all());
  }

  private static Gathered user(Gathered known, Findings found) throws IOException {
    if (User.id() == 0) {
      found.note("this is root", "run the agent as the application's user; it needs no privilege");
    } else {
      found.ok("this is user " + User.id());
    }
    return known;
  }

  private static Gathered clocks(Clock clock, Gathered known, Findings found) {
    known
        .volumeTime()
        .map(there -> Duration.between(there, clock.instant()).abs())
        .filter(apart -> apart.compareTo(CLOCKS_AGREE) > 0)
        .ifPresent(
            apart ->
                found.note(
                    "the clocks of the volume and the node are %s apart"
                        .formatted(Amount.of(apart.toSeconds(), "second")),
                    "set them; only the times that people read depend on it"));
    return known;
  }
}
