package io.liteferry.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.PortableName;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The file {@code announced}: a heading with the volume's id, and a name on each line. */
final class Announced {
  private static final String HEADING = "liteferry-announced 1 ";

  private Announced() {}

  static void write(OutputStream out, String volumeId, Set<Path> names) throws IOException {
    write(new OutputStreamWriter(out, UTF_8), HEADING + volumeId + "\n", names);
  }

  /** Adds names; none of them when this throws: half a line would spoil the next one. */
  static void append(Path file, String volumeId, Set<Path> names) throws IOException {
    try (var out = FileChannel.open(file, CREATE, WRITE)) {
      long end = out.size();
      try {
        out.position(end);
        var text = new OutputStreamWriter(Channels.newOutputStream(out), UTF_8);
        write(text, end > 0 ? "" : HEADING + volumeId + "\n", names);
      } catch (IOException e) {
        out.truncate(end);
        throw e;
      }
    }
  }

  private static void write(Writer to, String heading, Set<Path> names) throws IOException {
    var text = new BufferedWriter(to);
    text.append(heading);
    for (var name : names) {
      text.append(PortableName.of(name)).append('\n');
    }
    text.flush();
  }

  /** Reads the names; none when the file is missing or of another volume. */
  static Set<Path> decode(Path file, String volumeId) {
    var names = new HashSet<Path>();
    try (var lines = Files.newBufferedReader(file, UTF_8)) {
      if (!(HEADING + volumeId).equals(lines.readLine())) {
        return names;
      }
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        names.add(PortableName.parse(line));
      }
      return names;
    } catch (IOException | IllegalArgumentException e) {
      return names; // torn at its end
    }
  }
}
