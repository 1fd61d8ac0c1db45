package io.liteferry.doctor;

import java.util.ArrayList;
import java.util.List;

/** What a file system's type and mount options mean for what is to be kept on it. */
final class FileSystemAdvice {
  private static final String ON_THE_NODE =
      "put it on a disk of the node; in Kubernetes an emptyDir";

  private FileSystemAdvice() {}

  static List<Finding> ofLocal(Mount mount) {
    var subject = "local";
    var found = new ArrayList<Finding>();
    if (mount.isNetwork()) {
      found.add(
          Finding.problem(
              subject,
              mount
                  + ": on it SQLite is slow, its locks are not sure, and inotify hears nothing of"
                  + " other nodes",
              ON_THE_NODE));
    } else if (mount.isMemory()) {
      found.add(
          Finding.warning(
              subject,
              mount
                  + ": in memory, which counts against the container's limit and is lost when the"
                  + " node restarts; no time stamp tells of what is written there through a memory"
                  + " mapping",
              "use a disk of the node (an emptyDir without 'medium: Memory')"));
    } else if (mount.isOverlay()) {
      found.add(
          Finding.warning(
              subject,
              mount + ": the container's own layer, which goes when the container is replaced",
              ON_THE_NODE));
    } else if (mount.isShared() || mount.isOtherFuse()) {
      found.add(
          Finding.warning(
              subject,
              mount + ": SQLite's locks and inotify work only as well as it carries them",
              ON_THE_NODE));
    } else {
      found.add(Finding.ok(subject, mount.toString()));
    }
    addReadOnly(found, subject, mount);
    return found;
  }

  static List<Finding> ofState(Mount mount) {
    var subject = "state";
    var found = new ArrayList<Finding>();
    if (mount.isNetwork() || mount.isShared() || mount.isOtherFuse()) {
      found.add(
          Finding.warning(
              subject,
              mount + ": every database is copied to it before it is published",
              ON_THE_NODE));
    } else if (mount.isMemory()) {
      found.add(
          Finding.warning(
              subject,
              mount
                  + ": in memory, which needs room for a copy of all databases; when it is lost"
                  + " and local is not, the next start is refused",
              "keep it beside LOCAL, on a disk"));
    } else if (mount.isOverlay()) {
      found.add(
          Finding.warning(
              subject,
              mount
                  + ": the container's own layer; when it goes and local does not, the next start"
                  + " is refused",
              ON_THE_NODE));
    } else {
      found.add(Finding.ok(subject, mount.toString()));
    }
    addReadOnly(found, subject, mount);
    return found;
  }

  static List<Finding> ofVolume(Mount mount) {
    var subject = "volume";
    var found = new ArrayList<Finding>();
    if (mount.isMemory()) {
      found.add(
          Finding.problem(
              subject,
              mount + ": in memory, nothing on it is durable",
              "mount the durable volume"));
    } else if (mount.isOverlay()) {
      found.add(
          Finding.problem(
              subject,
              mount + ": the container's own layer, nothing on it is durable",
              "mount the durable volume at this path"));
    } else if (mount.isNfs()) {
      addNfs(found, subject, mount);
    } else if (mount.isCluster()) {
      found.add(Finding.ok(subject, mount.toString()));
    } else if (mount.isSmb()) {
      found.add(
          Finding.warning(
              subject,
              mount + ": owners, modes, links and some names depend on the server; not tested",
              "look at what was tried on it, below; prefer NFS"));
    } else if (mount.isShared() || mount.isOtherFuse()) {
      found.add(
          Finding.warning(
              subject,
              mount + ": whether what is synced survives depends on what is behind it; not tested",
              "look at what was tried on it, below"));
    } else if (mount.isRoot()) {
      found.add(
          Finding.warning(
              subject,
              mount + ": nothing is mounted on the way to it, it is on the root file system",
              "check that the volume is mounted"));
    } else {
      found.add(
          Finding.note(
              subject,
              mount
                  + ": a local file system; unless its disk is attached over the network, it is"
                  + " lost with the node",
              ""));
    }
    addReadOnly(found, subject, mount);
    return found;
  }

  private static void addNfs(List<Finding> found, String subject, Mount mount) {
    found.add(Finding.ok(subject, mount + ", " + version(mount)));
    if (mount.has("soft") || mount.has("softerr")) {
      found.add(
          Finding.warning(
              subject,
              "mounted soft: when the server is away, requests fail and may be executed later. That"
                  + " costs passes, never data",
              "mount it hard"));
    }
    if (mount.has("nocto")) {
      found.add(
          Finding.problem(
              subject,
              "mounted nocto: an agent may read what another one has long replaced",
              "mount it without nocto"));
    }
    if (mount.has("noac")) {
      found.add(
          Finding.note(
              subject, "mounted noac: every look goes to the server", "not needed; leave it out"));
    }
    if (mount.has("vers=3") || mount.has("vers=4.0")) {
      found.add(
          Finding.note(
              subject,
              version(mount)
                  + ": that no request is executed twice depends on the server's cache of"
                  + " replies",
              "use version 4.1 or later if the server has it"));
    }
  }

  private static String version(Mount mount) {
    return mount.options().stream()
        .filter(option -> option.startsWith("vers="))
        .findFirst()
        .map(option -> "version " + option.substring("vers=".length()))
        .orElse("version unknown");
  }

  private static void addReadOnly(List<Finding> found, String subject, Mount mount) {
    if (mount.has("ro")) {
      found.add(Finding.problem(subject, "mounted read-only", "mount it read-write"));
    }
  }
}
