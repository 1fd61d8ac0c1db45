package io.liteferry.restore;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.liteferry.durable.Digest;
import io.liteferry.durable.Durable;
import io.liteferry.durable.PortableName;
import io.liteferry.scan.Entry;
import io.liteferry.sqlite.SideFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * By which a local that has what a rollback brought is told from one that was changed since: the
 * digest of a list of its names, with the stamps of files, in state.
 */
record Brought(RestoreSite site, String request) {
  private static final String FILE = "brought";

  /** Notes what local has; its stamps must be conclusive. Durable when this returns. */
  void note() throws IOException {
    var text = listed().hex().getBytes(US_ASCII);
    site.state().inRoom(() -> replace(text));
  }

  /** Whether it has that still. */
  boolean isThere() throws IOException {
    return Durable.isFile(file())
        && Arrays.equals(Files.readAllBytes(file()), listed().hex().getBytes(US_ASCII));
  }

  private Path file() {
    return site.state().path().resolve(FILE);
  }

  private Path replace(byte[] text) throws IOException {
    Durable.replace(file(), text, site.state().scratch());
    return file();
  }

  private Digest listed() throws IOException {
    var texts = Stream.of(request + "\n");
    var lines =
        LocalContent.list(site).entries().stream()
            .filter(entry -> !isLeftByReading(entry))
            .map(Brought::line);
    return Digest.ofTexts(Stream.concat(texts, lines));
  }

  /** A pass that was cut off may have left them, as SQLite makes them for whoever only reads. */
  private static boolean isLeftByReading(Entry entry) {
    return SideFile.parse(entry.path())
        .filter(side -> side.kind() == SideFile.SHM || entry.stamp().size() == 0)
        .isPresent();
  }

  /** Without the stamp of a directory, which changes with those files. */
  private static String line(Entry entry) {
    return "%s %s %o %d %d %s%n"
        .formatted(
            PortableName.of(entry.path()),
            entry.kind(),
            entry.mode(),
            entry.uid(),
            entry.gid(),
            entry.kind() == Entry.Kind.DIRECTORY ? "" : entry.stamp());
  }
}
