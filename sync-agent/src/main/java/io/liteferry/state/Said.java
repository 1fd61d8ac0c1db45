package io.liteferry.state;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The file {@code said}: a heading, and a digest on each line. Only a hint: of a file that is torn,
 * too large or not understood what can be read counts.
 */
final class Said {
  private static final String HEADING = "liteferry-said 1";
  private static final int MOST = 1000;

  private Said() {}

  static byte[] encode(Set<String> said) {
    var text = new StringBuilder(HEADING).append('\n');
    said.stream().sorted().limit(MOST).forEach(digest -> text.append(digest).append('\n'));
    return text.toString().getBytes(US_ASCII);
  }

  static Set<String> decode(Path file) {
    var said = new LinkedHashSet<String>();
    try (var lines = Files.newBufferedReader(file, US_ASCII)) {
      if (!HEADING.equals(lines.readLine())) {
        return said;
      }
      for (var line = lines.readLine(); line != null && said.size() < MOST; ) {
        said.add(line);
        line = lines.readLine();
      }
      return said;
    } catch (IOException e) {
      return said;
    }
  }
}
