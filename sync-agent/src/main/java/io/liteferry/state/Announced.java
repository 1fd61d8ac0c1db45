package io.liteferry.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.liteferry.durable.PortableName;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * The file {@code announced}: a heading with the volume's id, and a name on each line. A kill or a
 * power failure ends it anywhere, and a part of a name is a name as well: somebody else's. So a
 * line counts only with the end of it, and what is behind the last end makes way for the next name.
 */
final class Announced {
  private static final String HEADING = "liteferry-announced 1 ";
  private static final int BLOCK = 8192;

  private Announced() {}

  static void write(OutputStream out, String volumeId, Set<Path> names) throws IOException {
    write(new OutputStreamWriter(out, UTF_8), HEADING + volumeId + "\n", names);
  }

  /** Adds names; none of them when this throws. */
  static void append(Path file, String volumeId, Set<Path> names) throws IOException {
    try (var out = FileChannel.open(file, CREATE, READ, WRITE)) {
      long end = endOfLines(out);
      out.truncate(end);
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

  /** Behind the last end of a line; 0 when there is none. */
  private static long endOfLines(FileChannel file) throws IOException {
    var block = ByteBuffer.allocate(BLOCK);
    long end = file.size();
    while (end > 0) {
      long begin = Math.max(0, end - BLOCK);
      block.clear().limit((int) (end - begin));
      while (block.hasRemaining() && file.read(block, begin + block.position()) >= 0) {
        // until all of it is there
      }
      for (int i = block.position() - 1; i >= 0; i--) {
        if (block.get(i) == '\n') {
          return begin + i + 1;
        }
      }
      end = begin;
    }
    return 0;
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
    try (var in = FileChannel.open(file, READ)) {
      boolean whole = endOfLines(in) == in.size();
      var lines = new BufferedReader(Channels.newReader(in.position(0), UTF_8.newDecoder(), BLOCK));
      if (!(HEADING + volumeId).equals(lines.readLine())) {
        return names;
      }
      for (var line = lines.readLine(); line != null; ) {
        var next = lines.readLine();
        if (next != null || whole) {
          names.add(PortableName.parse(line));
        }
        line = next;
      }
      return names;
    } catch (IOException | IllegalArgumentException e) {
      return names; // missing, or damaged from here on
    }
  }
}
