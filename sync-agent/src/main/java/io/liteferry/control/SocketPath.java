package io.liteferry.control;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The address of a socket, also where its path is longer than the 107 bytes that an address has
 * room for: then by way of an open descriptor of its directory. Valid until {@link #close}; a
 * socket that is bound or connected stays so.
 */
final class SocketPath implements AutoCloseable {
  private static final int MOST_BYTES = 100;
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final DirectoryStream<Path> directory;
  private final UnixDomainSocketAddress address;

  private SocketPath(DirectoryStream<Path> directory, UnixDomainSocketAddress address) {
    this.directory = directory;
    this.address = address;
  }

  /** {@code socket} is absolute, without links on the way; it need not exist. */
  @SuppressWarnings("StreamResourceLeak") // close() closes it
  static SocketPath of(Path socket) throws IOException {
    var parent = socket.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("not absolute: " + socket);
    }
    var directory = Files.newDirectoryStream(parent);
    try {
      boolean fits = socket.toUri().getRawPath().length() <= MOST_BYTES; // never shorter than bytes
      var usable = fits ? socket : descriptorOf(parent).resolve(socket.getFileName());
      return new SocketPath(directory, UnixDomainSocketAddress.of(usable));
    } catch (IOException e) {
      directory.close();
      throw e;
    }
  }

  private static Path descriptorOf(Path open) throws IOException {
    try (var descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (var descriptor : descriptors) {
        if (leadsTo(descriptor, open)) {
          return descriptor;
        }
      }
    }
    throw new IOException("the path is too long for a socket, and /proc does not show " + open);
  }

  private static boolean leadsTo(Path descriptor, Path directory) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).equals(directory);
    } catch (NoSuchFileException e) {
      return false; // closed meanwhile
    }
  }

  UnixDomainSocketAddress address() {
    return address;
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
