package io.liteferry.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import io.liteferry.durable.Durable;
import io.liteferry.durable.PortableName;
import java.io.IOException;
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

  static void append(Path file, String volumeId, Set<Path> names) throws IOException {
    if (Durable.exists(file)) {
      Files.writeString(file, lines(names), APPEND);
    } else {
      Files.write(file, encode(volumeId, names), CREATE, APPEND);
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
