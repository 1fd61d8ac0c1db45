package io.liteferry.doctor;

import io.liteferry.restore.RestoreSite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What a file system's type and mount options mean for what is to be kept on it. */
record FileSystemAdvice(RestoreSite site) implements Check {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");
  private static final String ON_THE_NODE =
      "put it on a disk of the node; in Kubernetes an emptyDir";

  @Override
  public Gathered look(Gathered known, Findings found) throws IOException {
    var mountinfo = Mount.read(MOUNTINFO);
    var ofLocal = Mount.of(site.local(), mountinfo);
    var ofState = Mount.of(site.state().path(), mountinfo);
    var ofVolume = Mount.of(site.volume().root(), mountinfo);
    ofLocal.ifPresent(mount -> found.addAll(ofLocal(mount)));
    ofState.ifPresent(mount -> found.addAll(ofState(mount)));
    ofVolume.ifPresent(mount -> found.addAll(ofVolume(mount)));
    if (ofLocal.isPresent() && ofLocal.equals(ofVolume)) {
      found
          .about("volume")
          .warning(
              "is on the same file system as local: one failure loses both",
              "check that it is mounted; give a volume that outlives the node");
    }
    return known;
  }

  static List<Finding> ofLocal(Mount mount) {
    var found = new Findings("local");
    switch (mount.kind()) {
      case NFS, SMB, CLUSTER ->
          found.problem(
              mount
                  + ": SQLite is slow on it and its locks are unreliable, and inotify sees no"
                  + " changes by other nodes",
              ON_THE_NODE);
      case MEMORY ->
          found.warning(
              mount
                  + ": in memory, which counts against the container's limit and is lost when the"
                  + " node restarts; a write through a memory mapping changes no time stamp"
                  + " there",
              "use a disk of the node (an emptyDir without 'medium: Memory')");
      case OVERLAY ->
          found.warning(
              mount + ": the container's own layer, which goes when the container is replaced",
              ON_THE_NODE);
      case PROXY ->
          found.warning(
              mount + ": SQLite's locks and inotify work on it only as well as it passes them on",
              ON_THE_NODE);
      case DISK -> found.ok(mount.toString());
    }
    return withReadOnly(found, mount);
  }

  static List<Finding> ofState(Mount mount) {
    var found = new Findings("state");
    switch (mount.kind()) {
      case NFS, SMB, CLUSTER, PROXY ->
          found.warning(
              mount + ": every database is copied to it before it is published", ON_THE_NODE);
      case MEMORY ->
          found.warning(
              mount
                  + ": in memory, which needs room for a copy of all databases; if it is lost and"
                  + " local is not, the next start refuses to go on",
              "keep it beside LOCAL, on a disk");
      case OVERLAY ->
          found.warning(
              mount
                  + ": the container's own layer; if it is lost and local is not, the next start"
                  + " refuses to go on",
              ON_THE_NODE);
      case DISK -> found.ok(mount.toString());
    }
    return withReadOnly(found, mount);
  }

  static List<Finding> ofVolume(Mount mount) {
    var found = new Findings("volume");
    switch (mount.kind()) {
      case MEMORY ->
          found.problem(
              mount + ": in memory, nothing on it is durable", "mount the durable volume");
      case OVERLAY ->
          found.problem(
              mount + ": the container's own layer, nothing on it is durable",
              "mount the durable volume at this path");
      case NFS -> addNfs(found, mount);
      case CLUSTER -> found.ok(mount.toString());
      case SMB ->
          found.warning(
              mount + ": owners, modes, links and some names depend on the server; not tested",
              "look at the tests of it below; prefer NFS");
      case PROXY ->
          found.warning(
              mount + ": whether synced data survives depends on what is behind it; not tested",
              "look at the tests of it below");
      case DISK -> addDisk(found, mount);
    }
    return withReadOnly(found, mount);
  }

  private static void addDisk(Findings found, Mount mount) {
    if (mount.point().equals("/")) {
      found.warning(
          mount + ": nothing is mounted here, so it is on the root file system",
          "check that the volume is mounted");
    } else {
      found.note(
          mount
              + ": a local file system; unless its disk is attached over the network, it is lost"
              + " with the node",
          "");
    }
  }

  private static void addNfs(Findings found, Mount mount) {
    found.ok(mount + ", " + version(mount));
    if (mount.has("soft") || mount.has("softerr")) {
      found.warning(
          "mounted soft: when the server is away, requests fail, and it may execute them later;"
              + " that costs passes, never data",
          "mount it hard");
    }
    if (mount.has("nocto")) {
      found.problem(
          "mounted nocto: an agent may read what another agent has long replaced",
          "mount it without nocto");
    }
    if (mount.has("noac")) {
      found.note(
          "mounted noac: the client asks the server at every look", "not needed; leave it out");
    }
    if (mount.has("vers=3") || mount.has("vers=4.0")) {
      found.note(
          version(mount)
              + ": only its cache of replies keeps the server from executing a request twice",
          "use version 4.1 or later if the server has it");
    }
  }

  private static String version(Mount mount) {
    return mount.options().stream()
        .filter(option -> option.startsWith("vers="))
        .findFirst()
        .map(option -> "version " + option.substring("vers=".length()))
        .orElse("version unknown");
  }

  private static List<Finding> withReadOnly(Findings found, Mount mount) {
    if (mount.has("ro")) {
      found.problem("mounted read-only", "mount it read-write");
    }
    return found.all();
  }
}
