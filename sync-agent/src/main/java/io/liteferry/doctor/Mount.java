package io.liteferry.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A line of {@code /proc/self/mountinfo}. Reading it asks no file system anything, so it cannot
 * hang.
 *
 * @param point where it is mounted
 * @param type as the kernel names it
 * @param source what is mounted
 * @param options of the mount and of the file system
 */
record Mount(String point, String type, String source, Set<String> options) {
  private static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding"));
  private static final int POINT = 4;
  private static final int OPTIONS = 5;
  private static final int TYPE_AFTER_DASH = 1;
  private static final int SOURCE_AFTER_DASH = 2;
  private static final int SUPER_AFTER_DASH = 3;
  private static final int OCTAL_DIGITS = 3;

  /** A character a byte: names need not be text. */
  static List<String> read(Path mountinfo) throws IOException {
    return Files.readAllLines(mountinfo, ISO_8859_1);
  }

  /** The file system that a path is on: the mount with the longest point, the last one of these. */
  static Optional<Mount> of(Path path, List<String> mountinfo) {
    Optional<Mount> found = Optional.empty();
    for (var line : mountinfo) {
      var mount = parse(line);
      if (mount.isPresent()
          && mount.get().holds(path.toString())
          && found.map(f -> f.point().length() <= mount.get().point().length()).orElse(true)) {
        found = mount;
      }
    }
    return found;
  }

  private static Optional<Mount> parse(String line) {
    var fields = new ArrayList<>(List.of(line.split(" ", -1)));
    int dash = fields.indexOf("-");
    if (dash <= OPTIONS || fields.size() <= dash + SUPER_AFTER_DASH) {
      return Optional.empty();
    }
    var options = new TreeSet<>(List.of(fields.get(OPTIONS).split(",", -1)));
    options.addAll(List.of(fields.get(dash + SUPER_AFTER_DASH).split(",", -1)));
    return Optional.of(
        new Mount(
            unescaped(fields.get(POINT)),
            fields.get(dash + TYPE_AFTER_DASH),
            unescaped(fields.get(dash + SOURCE_AFTER_DASH)),
            options));
  }

  private boolean holds(String path) {
    return point.equals("/") || path.equals(point) || path.startsWith(point + "/");
  }

  /**
   * As Java has the names of files. The kernel writes blanks and backslashes as three octal digits.
   */
  private static String unescaped(String field) {
    var text = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && i + OCTAL_DIGITS < field.length()) {
        text.append((char) Integer.parseInt(field.substring(i + 1, i + 1 + OCTAL_DIGITS), 8));
        i += OCTAL_DIGITS;
      } else {
        text.append(field.charAt(i));
      }
    }
    return new String(text.toString().getBytes(ISO_8859_1), NAMES);
  }

  boolean has(String option) {
    return options.contains(option);
  }

  /** What file systems have in common for whoever keeps something on them. */
  enum Kind {
    NFS,
    SMB,
    CLUSTER,
    MEMORY,
    OVERLAY,
    /** Hands requests on, to a hypervisor's host or to a program. */
    PROXY,
    DISK
  }

  Kind kind() {
    return switch (type) {
      case "nfs", "nfs4" -> Kind.NFS;
      case "cifs", "smb3", "smbfs" -> Kind.SMB;
      case "ceph", "fuse.ceph", "glusterfs", "fuse.glusterfs", "lustre", "gfs2", "ocfs2" ->
          Kind.CLUSTER;
      case "tmpfs", "ramfs" -> Kind.MEMORY;
      case "overlay", "aufs", "fuse.fuse-overlayfs" -> Kind.OVERLAY;
      case "9p", "virtiofs" -> Kind.PROXY;
      default -> type.startsWith("fuse") ? Kind.PROXY : Kind.DISK;
    };
  }

  @Override
  public String toString() {
    return "%s from %s at %s".formatted(type, source, point);
  }
}
