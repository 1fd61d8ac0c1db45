package io.liteferry.publish;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.JsonFile;
import io.liteferry.durable.PortableName;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first publication of a database beside which the volume has side files, because the
 * application ran there directly. A new database beside an old WAL is a corrupt database, and so is
 * the old database without its hot journal. The order is:
 *
 * <ol>
 *   <li>I1: write the intent: which database, the digest of its new content, its side files
 *   <li>I2: move the side files into {@code .liteferry/aside/}
 *   <li>I3: rename the new database to its place
 *   <li>I4: delete the intent, then what is aside
 * </ol>
 *
 * <p>{@link #recover} finishes or undoes what a crash interrupted: when the database has the new
 * content the side files are obsolete, else they go back.
 */
final class SideFileIntent {
  private static final Logger log = LoggerFactory.getLogger(SideFileIntent.class);
  private static final int FORMAT = 1;

  private SideFileIntent() {}

  private record Intent(Path database, Digest digest, List<Path> sideFiles) {
    JsonObject toJson() {
      var json = new JsonObject();
      json.addProperty("format", FORMAT);
      json.addProperty("database", PortableName.of(database));
      json.addProperty("sha256", digest.hex());
      var names = new JsonArray();
      sideFiles.forEach(path -> names.add(PortableName.of(path)));
      json.add("sideFiles", names);
      return json;
    }

    static Intent fromJson(JsonObject json) {
      var sideFiles = new ArrayList<Path>();
      json.get("sideFiles")
          .getAsJsonArray()
          .forEach(name -> sideFiles.add(PortableName.parse(name.getAsString())));
      return new Intent(
          PortableName.parse(json.get("database").getAsString()),
          new Digest(json.get("sha256").getAsString()),
          sideFiles);
    }
  }

  /** The side files of a database that are on the volume; relative paths. */
  static List<Path> sideFilesOnVolume(Volume volume, Path database) {
    return SideFile.allOf(database).stream()
        .filter(side -> Files.exists(volume.root().resolve(side), NOFOLLOW_LINKS))
        .toList();
  }

  /** Puts a staged database in its place, its side files out of the way first. */
  static void publish(
      Volume volume, Staging staging, Path database, Path staged, Digest digest, List<Path> sides)
      throws IOException {
    log.warn(
        "{}: the volume has side files of a direct use; they are moved aside and superseded",
        database);
    Files.createDirectories(volume.aside());
    Durable.empty(volume.aside());
    var intent = new Intent(database, digest, sides);
    staging.replace(volume.intent(), JsonFile.bytes(intent.toJson())); // I1
    var parent = parentOf(volume, database);
    for (int i = 0; i < sides.size(); i++) { // I2
      Durable.rename(
          volume.root().resolve(sides.get(i)), volume.aside().resolve(Integer.toString(i)));
    }
    Durable.syncDirectory(volume.aside());
    Durable.syncDirectory(parent);
    staging.publish(staged, volume.root().resolve(database)); // I3
    Durable.syncDirectory(parent);
    clear(volume, staging); // I4
  }

  /** Whether {@link #recover} has something to do. */
  static boolean isPending(Volume volume) {
    return Files.exists(volume.intent(), NOFOLLOW_LINKS)
        || Files.exists(volume.aside(), NOFOLLOW_LINKS);
  }

  /** Completes or undoes an interrupted publication. Does nothing when there is none. */
  static void recover(Volume volume, Staging staging) throws IOException {
    var found = JsonFile.read(volume.intent(), FORMAT, Intent::fromJson);
    if (found.isEmpty()) {
      if (Files.isDirectory(volume.aside(), NOFOLLOW_LINKS)) {
        staging.remove(volume.aside()); // died after the intent was deleted
      }
      return;
    }
    var intent = found.get();
    var target = volume.root().resolve(intent.database());
    boolean published =
        Files.isRegularFile(target, NOFOLLOW_LINKS) && Digest.of(target).equals(intent.digest());
    log.warn(
        "{}: the first publication over side files was interrupted; {}",
        intent.database(),
        published ? "it is completed" : "its side files go back");
    if (!published) {
      for (int i = 0; i < intent.sideFiles().size(); i++) {
        var aside = volume.aside().resolve(Integer.toString(i));
        var place = volume.root().resolve(intent.sideFiles().get(i));
        // An application may have made new ones meanwhile: an old one over them would be damage.
        if (Files.exists(aside, NOFOLLOW_LINKS) && !Files.exists(place, NOFOLLOW_LINKS)) {
          Durable.rename(aside, place);
        }
      }
      Durable.syncDirectory(parentOf(volume, intent.database()));
    }
    clear(volume, staging);
  }

  private static void clear(Volume volume, Staging staging) throws IOException {
    staging.remove(volume.intent());
    Durable.syncDirectory(volume.own());
    staging.remove(volume.aside());
  }

  private static Path parentOf(Volume volume, Path database) {
    return Objects.requireNonNull(volume.root().resolve(database).getParent());
  }
}
