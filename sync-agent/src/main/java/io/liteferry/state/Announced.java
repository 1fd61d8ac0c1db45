package io.liteferry.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.PortableName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The file {@code announced}: a heading with the volume's id, and a name on each line. */
final class Announced {
  private static final String HEADING = "liteferry-announced 1 ";

  private Announced() {}

  static byte[] encode(String volumeId, Set<Path> names) {
    return (HEADING + volumeId + "\n" + lines(names)).getBytes(UTF_8);
  }

  /** Adds names; none of them when this throws: half a line would spoil the next one. */
  static void append(Path file, String volumeId, Set<Path> names) throws IOException {
    try (var out = FileChannel.open(file, CREATE, WRITE)) {
      long end = out.size();
      var added = ByteBuffer.wrap(end > 0 ? lines(names).getBytes(UTF_8) : encode(volumeId, names));
      try {
        out.position(end);
        while (added.hasRemaining()) {
          out.write(added);
        }
      } catch (IOException e) {
        out.truncate(end);
        throw e;
      }
    }
  }

  private static String lines(Set<Path> names) {
    var text = new StringBuilder();
    names.forEach(name -> text.append(PortableName.of(name)).append('\n'));
    return text.toString();
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
