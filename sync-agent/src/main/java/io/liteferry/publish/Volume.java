package io.liteferry.publish;

import com.google.gson.JsonObject;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.JsonFile;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * The durable directory and the names of everything of ours in it. Reading needs no right; changes
 * go through {@link Staging}.
 */
public final class Volume {
  /** The one directory of ours on the volume. */
  public static final String OWN = ".liteferry";

  private static final String MARKER = "volume.json";
  private static final String MANIFEST = "manifest.json";
  private static final int MARKER_FORMAT = 1;

  private final Path root;

  public Volume(Path root) {
    this.root = root;
  }

  public Path root() {
    return root;
  }

  Path own() {
    return root.resolve(OWN);
  }

  Path stagingOfAll() {
    return own().resolve("staging");
  }

  Path aside() {
    return own().resolve("aside");
  }

  Path intent() {
    return own().resolve("intent.json");
  }

  Path markerFile() {
    return own().resolve(MARKER);
  }

  Path manifestFile() {
    return own().resolve(MANIFEST);
  }

  /** Whether a directory is a volume of ours, damaged or not. */
  public static boolean isMarked(Path directory) {
    return Files.exists(directory.resolve(OWN).resolve(MARKER), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Names that never travel, in either direction: our own directory, what an NFS client leaves of
   * files deleted while open, what mkfs makes at the root of a file system.
   */
  public static boolean isNeverTaken(Path path) {
    if (path.getFileName().toString().startsWith(".nfs")) {
      return true;
    }
    return path.getNameCount() == 1
        && (path.toString().equals(OWN) || path.toString().equals("lost+found"));
  }

  /** The id that a volume keeps for life; empty when it bears none. */
  public Optional<String> id() throws IOException {
    return JsonFile.read(markerFile(), MARKER_FORMAT, json -> json.get("volume").getAsString());
  }

  /** Makes the marker durable, with a new id. */
  String mark(Staging staging, String id) throws IOException {
    var json = new JsonObject();
    json.addProperty("format", MARKER_FORMAT);
    json.addProperty("volume", id);
    staging.replace(markerFile(), JsonFile.bytes(json));
    return id;
  }

  static String newId() {
    return UUID.randomUUID().toString();
  }

  /** The last manifest; empty before the first publication. */
  public Optional<Manifest> manifest() throws IOException {
    return JsonFile.read(manifestFile(), Manifest.FORMAT, Manifest::fromJson);
  }

  /** The last manifest; empty also when it is damaged. It is evidence only. */
  public Optional<Manifest> manifestIfReadable() throws IOException {
    try {
      return manifest();
    } catch (DamagedFileException e) {
      return Optional.empty();
    }
  }

  /** The application's tree, without what never travels. */
  public Tree scan(PathFilter filter) throws IOException {
    return Tree.scan(
        root, path -> isNeverTaken(path) || filter.excludes(path), Tree.BeforeListing.NOTHING);
  }
}
