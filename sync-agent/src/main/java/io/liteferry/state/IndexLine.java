package io.liteferry.state;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import io.liteferry.durable.Digest;
import io.liteferry.durable.PortableName;
import io.liteferry.scan.Stamp;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** One line of the file {@code index}: a JSON array of a name, what is said of it, and facts. */
final class IndexLine {
  private static final String DATABASE = "d";
  private static final String FILE = "f";
  private static final String GONE = "x";
  private static final String ANNOUNCED = "a";
  private static final String SETTLED = "n";
  private static final int CHARS = 320;

  private IndexLine() {}

  /** A file or database is on the volume as this entry says. */
  static StringBuilder known(Path path, IndexEntry entry) {
    var line = begin(path, entry.database() ? DATABASE : FILE);
    line.append(",\"").append(entry.digest().hex());
    line.append("\",").append(entry.volumeSize()).append(',').append(entry.volumeMtime());
    line.append(',').append(entry.mode());
    line.append(',').append(entry.uid()).append(',').append(entry.gid());
    append(line.append(','), entry.source());
    append(line.append(','), entry.wal());
    if (!entry.past().equals(IndexEntry.Past.UNKNOWN)) {
      append(line.append(','), entry.past());
    }
    return end(line);
  }

  /** Nothing is known any more of what has this name. */
  static StringBuilder gone(Path path) {
    return end(begin(path, GONE));
  }

  /** Something is about to be published under this name. */
  static StringBuilder announced(Path path) {
    return end(begin(path, ANNOUNCED));
  }

  /** Nothing that was announced under this name is on the volume and still unread. */
  static StringBuilder settled(Path path) {
    return end(begin(path, SETTLED));
  }

  /** Its name needs no quoting: in JSON, all that it is made of stands for itself. */
  private static StringBuilder begin(Path path, String what) {
    var line = new StringBuilder(CHARS);
    return line.append("[\"")
        .append(PortableName.of(path))
        .append("\",\"")
        .append(what)
        .append('"');
  }

  private static StringBuilder end(StringBuilder line) {
    return line.append("]\n");
  }

  /** The counter, -1 when it is not known, and the digests. */
  private static void append(StringBuilder line, IndexEntry.Past past) {
    line.append('[').append(past.changes().orElse(-1));
    past.earlier().forEach(digest -> line.append(",\"").append(digest.hex()).append('"'));
    line.append(']');
  }

  private static void append(StringBuilder line, Optional<Stamp> stamp) {
    line.append('[');
    stamp.ifPresent(
        s ->
            line.append(s.size())
                .append(',')
                .append(s.inode())
                .append(',')
                .append(s.mtime())
                .append(',')
                .append(s.ctime()));
    line.append(']');
  }

  /**
   * Does what a line says to what the lines before it said.
   *
   * @throws RuntimeException of Gson's or ours when it is no such line
   */
  static void replay(String line, Map<Path, IndexEntry> entries, Set<Path> announced) {
    var a = JsonParser.parseString(line).getAsJsonArray();
    var path = PortableName.parse(a.get(0).getAsString());
    switch (a.get(1).getAsString()) {
      case DATABASE -> {
        entries.put(path, entry(a, true));
        announced.remove(path);
      }
      case FILE -> {
        entries.put(path, entry(a, false));
        announced.remove(path);
      }
      case GONE -> entries.remove(path);
      case ANNOUNCED -> announced.add(path);
      case SETTLED -> announced.remove(path);
      default -> throw new IllegalArgumentException(line);
    }
  }

  private static IndexEntry entry(JsonArray a, boolean database) {
    return new IndexEntry(
        database,
        stamp(a.get(8).getAsJsonArray()),
        stamp(a.get(9).getAsJsonArray()),
        new Digest(a.get(2).getAsString()),
        a.get(3).getAsLong(),
        a.get(4).getAsLong(),
        a.get(5).getAsInt(),
        a.get(6).getAsInt(),
        a.get(7).getAsInt(),
        a.size() > 10 ? past(a.get(10).getAsJsonArray()) : IndexEntry.Past.UNKNOWN);
  }

  private static IndexEntry.Past past(JsonArray a) {
    long changes = a.get(0).getAsLong();
    var earlier = new ArrayList<Digest>();
    for (int i = 1; i < a.size(); i++) {
      earlier.add(new Digest(a.get(i).getAsString()));
    }
    return new IndexEntry.Past(
        changes < 0 ? OptionalLong.empty() : OptionalLong.of(changes), earlier);
  }

  private static Optional<Stamp> stamp(JsonArray a) {
    return a.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Stamp(
                a.get(0).getAsLong(),
                a.get(1).getAsLong(),
                a.get(2).getAsLong(),
                a.get(3).getAsLong()));
  }
}
