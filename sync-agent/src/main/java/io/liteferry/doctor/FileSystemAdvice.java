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
              "is on the same file system as local: what takes one takes both",
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
                  + ": on it SQLite is slow, its locks are not sure, and inotify hears nothing of"
                  + " other nodes",
              ON_THE_NODE);
      case MEMORY ->
          found.warning(
              mount
                  + ": in memory, which counts against the container's limit and is lost when the"
                  + " node restarts; no time stamp tells of what is written there through a memory"
                  + " mapping",
              "use a disk of the node (an emptyDir without 'medium: Memory')");
      case OVERLAY ->
          found.warning(
              mount + ": the container's own layer, which goes when the container is replaced",
              ON_THE_NODE);
      case PROXY ->
          found.warning(
              mount + ": SQLite's locks and inotify work only as well as it carries them",
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
                  + ": in memory, which needs room for a copy of all databases; when it is lost"
                  + " and local is not, the next start is refused",
              "keep it beside LOCAL, on a disk");
      case OVERLAY ->
          found.warning(
              mount
                  + ": the container's own layer; when it goes and local does not, the next start"
                  + " is refused",
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
              "look at what was tried on it, below; prefer NFS");
      case PROXY ->
          found.warning(
              mount + ": whether what is synced survives depends on what is behind it; not tested",
              "look at what was tried on it, below");
      case DISK -> addDisk(found, mount);
    }
    return withReadOnly(found, mount);
  }

  private static void addDisk(Findings found, Mount mount) {
    if (mount.point().equals("/")) {
      found.warning(
          mount + ": nothing is mounted on the way to it, it is on the root file system",
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
          "mounted soft: when the server is away, requests fail and may be executed later. That"
              + " costs passes, never data",
          "mount it hard");
    }
    if (mount.has("nocto")) {
      found.problem(
          "mounted nocto: an agent may read what another one has long replaced",
          "mount it without nocto");
    }
    if (mount.has("noac")) {
      found.note("mounted noac: every look goes to the server", "not needed; leave it out");
    }
    if (mount.has("vers=3") || mount.has("vers=4.0")) {
      found.note(
          version(mount)
              + ": that no request is executed twice depends on the server's cache of replies",
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
