package io.liteferry.doctor;

import io.liteferry.lease.LeaseView;
import io.liteferry.publish.Amount;
import io.liteferry.restore.RestoreSite;
import java.io.IOException;
import java.time.Duration;

/** Who may publish to the volume, and whether he is alive. */
record LeaseHolder(RestoreSite site) implements Check {
  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    var holder = new LeaseView(site.volume().own()).holder();
    if (holder.isEmpty()) {
      found.ok("nobody has worked on the volume yet");
    } else if (holder.get().released()) {
      addReleased(found, holder.get());
    } else {
      addHeld(found, holder.get(), known);
    }
    return known;
  }

  private static String who(LeaseView.Holder holder) {
    return holder.owner() + ", epoch " + holder.epoch();
  }

  private static void addReleased(Findings found, LeaseView.Holder holder) {
    if (holder.flushed()) {
      found.ok("released by %s, with everything on the volume".formatted(who(holder)));
    } else {
      found.note(
          "released by %s, which does not say that everything is on the volume"
              .formatted(who(holder)),
          "its LOCAL may have more: start it there again");
    }
  }

  private void addHeld(Findings found, LeaseView.Holder holder, Gathered known) throws IOException {
    var id = site.state().knownId();
    var silent =
        known
            .volumeTime()
            .flatMap(now -> holder.heard().map(beat -> Duration.between(beat, now)))
            .filter(age -> !age.isNegative());
    var who =
        "%s, %s"
            .formatted(
                who(holder),
                silent
                    .map(age -> "last heard of %s ago".formatted(shown(age)))
                    .orElse("last heard of at an unknown time"));
    if (id.isPresent() && holder.owner().endsWith("/" + id.get())) {
      found.ok("held with this state, by " + who);
    } else if (silent.isPresent() && silent.get().compareTo(holder.duration()) < 0) {
      found.note(
          "held by " + who,
          "it is alive: an agent started here waits for it, and ends with exit code 9 if it goes"
              + " on");
    } else {
      found.note(
          "not released by " + who,
          "an agent started here takes over after %d s; what the other did not publish stays in its"
                  .formatted(holder.duration().toSeconds())
              + " LOCAL");
    }
  }

  private static String shown(Duration age) {
    if (age.toSeconds() < 120) {
      return Amount.of(age.toSeconds(), "second");
    }
    return age.toMinutes() < 120
        ? Amount.of(age.toMinutes(), "minute")
        : Amount.of(age.toHours(), "hour");
  }
}
