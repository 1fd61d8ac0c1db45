package io.liteferry.state;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.StandardOpenOption.READ;

import io.liteferry.durable.Errno;
import io.liteferry.durable.PortableName;
import io.liteferry.durable.UnknownFormatException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a volume's files, as the file {@code index} has it. {@link IndexLog} writes it.
 *
 * @param isThere whether all that was published was known when it was written; not before the end
 *     of the first pass
 * @param entries of the files and databases that were published
 * @param announced the names that were about to be published, and were not read since
 * @param added how many lines were added since it was written as a whole; empty when none may be
 *     added, as it is missing, of another format, or torn at its end
 */
public record Index(
    boolean isThere, Map<Path, IndexEntry> entries, Set<Path> announced, OptionalInt added) {
  private static final int FORMAT = 2;
  private static final Pattern LATER = Pattern.compile("liteferry-index (\\d{1,9}) .*");

  /** The file's first line, with the volume's id. */
  static final String HEADING = "liteferry-index " + FORMAT + " ";

  /** Ends the part that was written as a whole, with the number of entries in it. */
  static final String END = "end ";

  /** The same, when nothing was known. */
  static final String UNKNOWN = "unknown";

  /** The format before: whole each time, and what was announced in a file of its own. */
  private static final String HEADING_1 = "liteferry-index 1 ";

  static final String ANNOUNCED_1 = "announced";

  /** Nothing is known. */
  public static final Index NONE = new Index(false, Map.of(), Set.of(), OptionalInt.empty());

  /**
   * Reads the index of a volume. When the part that was written as a whole cannot be understood,
   * nothing is known; of the lines added to it counts what comes before the first that cannot.
   *
   * @throws UnknownFormatException when a later version wrote it
   * @throws IOException when the file is there and cannot be read
   */
  static Index read(Path file, String volumeId) throws IOException {
    try (var in = FileChannel.open(file, READ)) {
      // All of it is ASCII; of bytes that are not, one line is lost and not all that is around it.
      var lines = new BufferedReader(Channels.newReader(in, ISO_8859_1));
      return read(lines, endsWithALine(in), file, volumeId);
    } catch (NoSuchFileException e) {
      return new Index(false, Map.of(), announced1(file, volumeId), OptionalInt.empty());
    } catch (UnknownFormatException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException("%s cannot be read: %s".formatted(file, Errno.reason(e)), e);
    }
  }

  private static Index read(BufferedReader lines, boolean isWhole, Path file, String volumeId)
      throws IOException {
    var entries = new HashMap<Path, IndexEntry>();
    var announced = new HashSet<Path>();
    var heading = lines.readLine();
    requireKnownFormat(heading, file);
    boolean isFirstFormat = (HEADING_1 + volumeId).equals(heading);
    if (!isFirstFormat && !(HEADING + volumeId).equals(heading)) {
      return NONE;
    }
    try {
      var end = lines.readLine();
      for (; end != null && end.startsWith("["); end = lines.readLine()) {
        IndexLine.replay(end, entries, announced);
      }
      boolean isThere = !UNKNOWN.equals(end);
      if (isThere && !(END + entries.size()).equals(end)) {
        return NONE;
      }
      if (isFirstFormat) {
        return new Index(isThere, entries, announced1(file, volumeId), OptionalInt.empty());
      }
      var added = replayAdded(lines, entries, announced);
      return new Index(isThere, entries, announced, isWhole ? added : OptionalInt.empty());
    } catch (RuntimeException e) {
      return NONE; // Gson and the converters say in several ways what is wrong
    }
  }

  private static void requireKnownFormat(@Nullable String heading, Path file)
      throws UnknownFormatException {
    var found = LATER.matcher(String.valueOf(heading));
    if (found.matches() && Integer.parseInt(found.group(1)) > FORMAT) {
      throw new UnknownFormatException(file, Integer.parseInt(found.group(1)), FORMAT);
    }
  }

  private static boolean endsWithALine(FileChannel in) throws IOException {
    var last = ByteBuffer.allocate(1);
    return in.size() > 0 && in.read(last, in.size() - 1) == 1 && last.get(0) == '\n';
  }

  /** How many lines there are; empty when one cannot be understood. */
  private static OptionalInt replayAdded(
      BufferedReader lines, Map<Path, IndexEntry> entries, Set<Path> announced) throws IOException {
    int count = 0;
    try {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        IndexLine.replay(line, entries, announced);
        count++;
      }
      return OptionalInt.of(count);
    } catch (RuntimeException e) {
      return OptionalInt.empty();
    }
  }

  /** Of each line only with its end: a part of a name is a name as well, somebody else's. */
  private static Set<Path> announced1(Path index, String volumeId) {
    var announced = new HashSet<Path>();
    try {
      var text = Files.readString(index.resolveSibling(ANNOUNCED_1), ISO_8859_1);
      var lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
      if (!lines.isEmpty() && lines.getFirst().equals("liteferry-announced 1 " + volumeId)) {
        lines.subList(1, lines.size()).forEach(name -> announced.add(PortableName.parse(name)));
      }
    } catch (IOException | IllegalArgumentException e) {
      // missing, or damaged from here on
    }
    return announced;
  }
}
