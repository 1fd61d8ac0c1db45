package io.liteferry.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.liteferry.durable.Digest;
import io.liteferry.durable.PortableName;
import io.liteferry.scan.Stamp;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The index as a text file: a heading, one JSON array a line for each file, and a closing line that
 * counts them, so that a torn file is recognised. A file that is not understood counts as absent.
 */
final class Index {
  private static final String HEADING = "liteferry-index 1 ";
  private static final String CLOSING = "end ";
  private static final int BUFFER_CHARS = 64 * 1024;
  private static final int LINE_CHARS = 320;

  private Index() {}

  /** Writes it line by line: of a large tree it is larger than the heap may be. */
  static void write(OutputStream out, String volumeId, Map<Path, IndexEntry> entries)
      throws IOException {
    var text = new BufferedWriter(new OutputStreamWriter(out, UTF_8), BUFFER_CHARS);
    text.append(HEADING).append(volumeId).append('\n');
    for (var entry : entries.entrySet()) {
      text.append(line(entry.getKey(), entry.getValue())).append('\n');
    }
    text.append(CLOSING).append(Integer.toString(entries.size())).append('\n');
    text.flush();
  }

  /** Its name needs no quoting: in JSON, all that it is made of stands for itself. */
  private static StringBuilder line(Path path, IndexEntry entry) {
    var line = new StringBuilder(LINE_CHARS);
    line.append("[\"").append(PortableName.of(path));
    line.append(entry.database() ? "\",\"d\",\"" : "\",\"f\",\"").append(entry.digest().hex());
    line.append("\",").append(entry.volumeSize()).append(',').append(entry.volumeMtime());
    line.append(',').append(entry.mode());
    line.append(',').append(entry.uid()).append(',').append(entry.gid());
    append(line.append(','), entry.source());
    append(line.append(','), entry.wal());
    if (!entry.past().equals(IndexEntry.Past.UNKNOWN)) {
      append(line.append(','), entry.past());
    }
    return line.append(']');
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

  /** Reads an index of this volume; empty when it is missing, of another volume, or torn. */
  static Map<Path, IndexEntry> decode(Path file, String volumeId) {
    return read(file, volumeId).orElse(Map.of());
  }

  static boolean isWhole(Path file, String volumeId) {
    return read(file, volumeId).isPresent();
  }

  private static Optional<Map<Path, IndexEntry>> read(Path file, String volumeId) {
    var entries = new HashMap<Path, IndexEntry>();
    try (var lines = Files.newBufferedReader(file, UTF_8)) {
      if (!(HEADING + volumeId).equals(lines.readLine())) {
        return Optional.empty();
      }
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(CLOSING)) {
          return line.equals(CLOSING + entries.size()) ? Optional.of(entries) : Optional.empty();
        }
        var a = JsonParser.parseString(line).getAsJsonArray();
        entries.put(
            PortableName.parse(a.get(0).getAsString()),
            new IndexEntry(
                a.get(1).getAsString().equals("d"),
                stamp(a.get(8).getAsJsonArray()),
                stamp(a.get(9).getAsJsonArray()),
                new Digest(a.get(2).getAsString()),
                a.get(3).getAsLong(),
                a.get(4).getAsLong(),
                a.get(5).getAsInt(),
                a.get(6).getAsInt(),
                a.get(7).getAsInt(),
                a.size() > 10 ? past(a.get(10).getAsJsonArray()) : IndexEntry.Past.UNKNOWN));
      }
      return Optional.empty();
    } catch (IOException | JsonParseException | IllegalStateException e) {
      return Optional.empty();
    } catch (IllegalArgumentException
        | IndexOutOfBoundsException
        | UnsupportedOperationException e) {
      return Optional.empty();
    }
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
