package io.liteferry.state;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code state.json}: to which volume and publication local belongs.
 *
 * @param volumeId of the volume that local was restored from or is published to
 * @param phase whether local is complete
 * @param publication the last publication that local is known to contain; empty before the first
 * @param pending a publication that a pass had begun; the volume may show it or the one before
 * @param boot the kernel's id of the boot in which this was written; empty when that is not known,
 *     and until it is written. What local had then may be lost in part under another boot
 * @param request for a rollback that is under way: the application has not been started since it
 *     began
 */
public record AgentState(
    String volumeId,
    Phase phase,
    Optional<String> publication,
    Optional<String> pending,
    Optional<String> boot,
    Optional<String> request) {
  static final int FORMAT = 1;
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** How far restore came. */
  public enum Phase {
    /** A restore has begun: local is incomplete and the application has not been started. */
    RESTORING,
    /** Local is complete and may be newer than the volume. */
    READY
  }

  public static AgentState restoring(String volumeId) {
    return new AgentState(
        volumeId,
        Phase.RESTORING,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  public static AgentState ready(String volumeId, Optional<String> publication) {
    return new AgentState(
        volumeId, Phase.READY, publication, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** A pass is about to change the volume and name it {@code next}. */
  public AgentState begin(String next) {
    return new AgentState(volumeId, phase, publication, Optional.of(next), boot, request);
  }

  /** The same, in a rollback for this request. */
  public AgentState goingBack(Optional<String> by) {
    return new AgentState(volumeId, phase, publication, pending, boot, by);
  }

  /** The same, as written under this boot. */
  AgentState under(Optional<String> thisBoot) {
    return new AgentState(volumeId, phase, publication, pending, thisBoot, request);
  }

  /** The kernel's id; empty without /proc: each start then counts as one after a reboot. */
  static Optional<String> thisBoot() {
    try {
      return Optional.of(Files.readString(BOOT_ID).strip()).filter(id -> !id.isEmpty());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether the publication on the volume is one that this agent made or restored. */
  public boolean knows(Optional<String> onVolume) {
    return onVolume.equals(publication) || (pending.isPresent() && onVolume.equals(pending));
  }

  JsonObject toJson() {
    var json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("volume", volumeId);
    json.addProperty("phase", phase.name().toLowerCase(Locale.ROOT));
    publication.ifPresent(p -> json.addProperty("publication", p));
    pending.ifPresent(p -> json.addProperty("pending", p));
    boot.ifPresent(b -> json.addProperty("boot", b));
    request.ifPresent(r -> json.addProperty("request", r));
    return json;
  }

  static AgentState fromJson(JsonObject json) {
    return new AgentState(
        json.get("volume").getAsString(),
        Phase.valueOf(json.get("phase").getAsString().toUpperCase(Locale.ROOT)),
        optional(json, "publication"),
        optional(json, "pending"),
        optional(json, "boot"),
        optional(json, "request"));
  }

  private static Optional<String> optional(JsonObject json, String member) {
    return json.has(member) ? Optional.of(json.get(member).getAsString()) : Optional.empty();
  }
}
