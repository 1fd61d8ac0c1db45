package io.liteferry.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The points of a volume, read by the rules of {@code docs/on-disk-format.md} and without the
 * agent: for each one what every name was, as {@link #tree} says it.
 */
final class KeptPoints {
  private final Path volume;
  private final Path generations;
  private final NavigableMap<String, String> now;
  private final NavigableMap<Long, NavigableMap<String, String>> trees = new TreeMap<>();

  private KeptPoints(Path volume) throws IOException {
    this.volume = volume;
    this.generations = volume.resolve(".liteferry/generations");
    this.now = tree(volume);
  }

  /** Reads all points of a volume on which nobody is at work. */
  static NavigableMap<Long, NavigableMap<String, String>> of(Path volume) throws IOException {
    var points = new KeptPoints(volume);
    points.read();
    return points.trees;
  }

  /** What is below a directory: kinds, modes, targets, and of files the mtime and the content. */
  static NavigableMap<String, String> tree(Path root) throws IOException {
    var tree = new TreeMap<String, String>();
    for (var name : TreeListing.of(root, TreeListing.Detail.CONTENT).keySet()) {
      tree.put(name, look(root.resolve(name)));
    }
    return tree;
  }

  private static String look(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      return "link to " + Files.readSymbolicLink(path);
    }
    var mode =
        Integer.toOctalString((int) Files.getAttribute(path, "unix:mode", NOFOLLOW_LINKS) & 07777);
    if (Files.isDirectory(path)) {
      return "directory " + mode;
    }
    var time = Files.getLastModifiedTime(path).toInstant();
    return file(mode, time.getEpochSecond() * 1_000_000_000 + time.getNano(), Sha256.of(path));
  }

  private static String file(String mode, long mtime, String sha256) {
    return "file %s %d %s".formatted(mode, mtime, sha256);
  }

  static JsonObject manifest(Path volume) throws IOException {
    return JsonParser.parseString(Files.readString(volume.resolve(".liteferry/manifest.json")))
        .getAsJsonObject();
  }

  private void read() throws IOException {
    var manifest = manifest(volume);
    if (manifest.get("complete").getAsBoolean()) {
      trees.put(manifest.get("generation").getAsLong(), now);
    }
    if (!Files.exists(generations)) {
      return;
    }
    var records = new TreeMap<Long, Path>();
    try (var directories = Files.newDirectoryStream(generations)) {
      for (var directory : directories) {
        if (Files.exists(directory.resolve("record"))) {
          records.put(
              Long.parseLong(directory.getFileName().toString()), directory.resolve("record"));
        }
      }
    }
    var tree = now;
    long before = Long.MAX_VALUE;
    for (var record : records.descendingMap().entrySet()) {
      if (record.getKey() <= before) { // else a younger one spans it
        tree = new TreeMap<>(tree);
        before = goBack(record.getValue(), tree);
        trees.put(before, tree);
      }
    }
  }

  /** Returns to which point a record led. */
  private long goBack(Path record, NavigableMap<String, String> tree) throws IOException {
    var lines = Files.readAllLines(record, UTF_8);
    for (var line : lines) {
      if (line.startsWith("[")) {
        var change = JsonParser.parseString(line).getAsJsonArray();
        var name = change.get(0).getAsString();
        var was = was(change.get(1).getAsJsonArray(), tree.get(name));
        if (was.isPresent()) {
          tree.put(name, was.get());
        } else {
          tree.remove(name);
        }
      }
    }
    var heading = lines.getFirst();
    return Long.parseLong(heading.substring(heading.lastIndexOf(' ') + 1));
  }

  private Optional<String> was(JsonArray version, String after) throws IOException {
    return switch (version.get(0).getAsString()) {
      case "absent" -> Optional.empty();
      case "directory" -> Optional.of("directory " + version.get(1).getAsString());
      case "link" -> Optional.of("link to " + version.get(1).getAsString());
      case "file" ->
          Optional.of(
              file(
                  version.get(4).getAsString(),
                  version.get(3).getAsLong(),
                  contentOfFile(version, after)));
      case "database" ->
          Optional.of(
              file(
                  version.get(6).getAsString(),
                  version.get(9).getAsLong(),
                  contentOfDatabase(version)));
      default -> Optional.of(version.toString());
    };
  }

  private String contentOfFile(JsonArray file, String after) throws IOException {
    var place = file.get(1).getAsString();
    if (!place.isEmpty()) {
      return Sha256.of(generations.resolve(place));
    }
    return file.get(2).getAsLong() == 0
        ? Sha256.of(new byte[0])
        : after.substring(after.lastIndexOf(' ') + 1);
  }

  /** The base with its number, or the plain file that is in place. */
  private String contentOfDatabase(JsonArray database) throws IOException {
    var base =
        volume.resolve(
            ".liteferry/pages/%s/%09d.db"
                .formatted(database.get(1).getAsString(), database.get(2).getAsLong()));
    var digest = database.get(4).getAsString();
    if (Files.exists(base)) {
      return Sha256.of(base);
    }
    return now.values().stream().anyMatch(file -> file.endsWith(digest)) ? digest : "nowhere";
  }
}
