package io.liteferry.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParseException;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.UnknownFormatException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Reads a record line by line; its form is that of {@link RecordWriter}. That it is whole is known
 * only after the last change, so nothing that was read may be acted on before.
 *
 * <p>What is no whole record is a {@link DamagedFileException}; one of a later version is an {@link
 * UnknownFormatException}.
 */
public final class RecordReader implements ChangeSource {
  private static final Pattern HEADING =
      Pattern.compile(
          RecordWriter.HEADING + "([0-9]{1,9})(?: (\\S+) ([0-9]{1,18}) ([0-9]{1,18}))?.*");

  private final Path file;
  private final BufferedReader text;
  private final CRC32C checksum = new CRC32C();
  private final RecordHeader header;
  private Optional<String> ahead;
  private long count;
  private String last = "";

  /**
   * Reads the header.
   *
   * @param in closed with this, or when the header cannot be read
   * @param file its name, for errors
   * @param mtime when the record was written by the volume's clock; one that was written again,
   *     after thinning, says itself when its pass was
   */
  public RecordReader(InputStream in, Path file, Instant mtime) throws IOException {
    this.file = file;
    // a decoder reports malformed text, the charset itself would replace it
    text = new BufferedReader(new InputStreamReader(in, UTF_8.newDecoder()));
    try {
      header = understand(() -> readHeader(mtime));
      ahead = understand(this::line);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  public RecordHeader header() {
    return header;
  }

  /** Something that is read and understood. */
  private interface Reading<T> {
    T get() throws IOException;
  }

  private <T> T understand(Reading<T> reading) throws IOException {
    try {
      return reading.get();
    } catch (CharacterCodingException
        | JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | UnsupportedOperationException e) {
      throw damaged("not the text it should be, after %d changes".formatted(count), e);
    }
  }

  private DamagedFileException damaged(String why, Exception cause) {
    var damaged = new DamagedFileException(file, why);
    damaged.initCause(cause);
    return damaged;
  }

  private Optional<String> line() throws IOException {
    return Optional.ofNullable(text.readLine());
  }

  private String required(String beginning) throws IOException {
    var line = line().orElseThrow(this::torn);
    if (!line.startsWith(beginning)) {
      throw new IllegalArgumentException("no line " + beginning);
    }
    RecordWriter.update(checksum, line);
    return line.substring(beginning.length());
  }

  private DamagedFileException torn() {
    return new DamagedFileException(file, "torn: it ends after %d changes".formatted(count));
  }

  private RecordHeader readHeader(Instant mtime) throws IOException {
    var line = RecordWriter.HEADING + required(RecordWriter.HEADING);
    var heading = HEADING.matcher(line);
    if (!heading.matches()) {
      throw new IllegalArgumentException("not a heading: " + line);
    }
    int format = Integer.parseInt(heading.group(1));
    if (format > RecordWriter.FORMAT) {
      throw new UnknownFormatException(file, format, RecordWriter.FORMAT);
    }
    if (heading.group(2) == null) {
      throw new IllegalArgumentException("not a heading: " + line);
    }
    var recorded = RecordText.point(required(RecordWriter.MADE));
    var made = recorded.at(recorded.volumeTime().or(() -> Optional.of(mtime)));
    var before = RecordText.point(required(RecordWriter.BEFORE));
    if (made.generation() != Long.parseLong(heading.group(3))
        || before.generation() != Long.parseLong(heading.group(4))) {
      throw new IllegalArgumentException("its heading is of another record");
    }
    var accidents = new ArrayList<String>();
    while (isNext(RecordWriter.ACCIDENT)) {
      accidents.add(required(RecordWriter.ACCIDENT));
    }
    if (!isNext(RecordWriter.THINNED)) {
      return RecordHeader.of(heading.group(2), made, before).because(accidents);
    }
    var parts = required(RecordWriter.THINNED).split(" ", -1);
    return new RecordHeader(
        heading.group(2),
        made,
        before,
        Integer.parseInt(parts[0]),
        RecordText.instant(parts[1]),
        accidents);
  }

  /** By the first letter of a line. */
  private boolean isNext(String beginning) throws IOException {
    text.mark(1);
    boolean isNext = text.read() == beginning.charAt(0);
    text.reset();
    return isNext;
  }

  @Override
  public Optional<Change> next() throws IOException {
    var line = ahead.orElseThrow(this::torn);
    if (line.startsWith(RecordWriter.CLOSING)) {
      if (!line.equals(RecordWriter.closing(count, checksum))) {
        throw new DamagedFileException(
            file, "its %d changes are not those that were written".formatted(count));
      }
      if (understand(this::line).isPresent()) {
        throw new DamagedFileException(file, "there is something after its end");
      }
      return Optional.empty();
    }
    var change = understand(() -> RecordText.change(line));
    RecordWriter.update(checksum, line);
    if (change.name().compareTo(last) <= 0) {
      throw new DamagedFileException(file, "its changes are not in their order");
    }
    last = change.name();
    count++;
    ahead = understand(this::line);
    return Optional.of(change);
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
