package io.liteferry.model;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One client of a {@link ModelServer}, for {@link java.nio.file.Files}. Each operation is a request
 * that passes this client's {@link Gate} first. Once the client is dead every operation throws
 * {@link Killed}, whatever thread it comes from.
 */
final class ModelFileSystem extends FileSystem {
  private final ModelServer server;
  private final String client;
  private final ModelProvider provider = new ModelProvider(this);
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Gate gate = Gate.OPEN;
  private volatile Runnable afterChange = () -> {};
  private volatile boolean dead;
  private volatile boolean byHandle;
  private volatile int most = Integer.MAX_VALUE;

  ModelFileSystem(ModelServer server, String client) {
    this.server = server;
    this.client = client;
  }

  ModelServer server() {
    return server;
  }

  /** The volume's root as this client sees it. */
  Path root() {
    return getPath("/" + ModelServer.VOLUME);
  }

  ModelFileSystem gate(Gate gate) {
    this.gate = gate;
    return this;
  }

  /** Is called after each request of this client that changed something, under no lock. */
  ModelFileSystem afterChange(Runnable hook) {
    this.afterChange = hook;
    return this;
  }

  /**
   * Directories, and the file that gets a second name, are found when a request is sent, as by NFS,
   * and not when it is executed.
   */
  ModelFileSystem byHandle() {
    byHandle = true;
    return this;
  }

  /** Reads and writes transfer at most so many bytes at once. */
  ModelFileSystem transferringAtMost(int bytes) {
    most = bytes;
    return this;
  }

  int most() {
    return most;
  }

  /** How many requests there were so far. */
  int requests() {
    return requests.get();
  }

  /** The process that uses this client is gone. */
  void kill() {
    dead = true;
  }

  boolean isDead() {
    return dead;
  }

  /** A name to act on: found when the request is sent, or when it is executed. */
  @FunctionalInterface
  interface Target {
    ModelServer.Place place() throws IOException;
  }

  /** A file to act on: found when the request is sent, or when it is executed. */
  @FunctionalInterface
  interface Source {
    Inode inode() throws IOException;
  }

  Source source(ModelPath path) {
    if (!byHandle) {
      return () -> server.find(path, false);
    }
    try {
      var inode = server.find(path, false);
      return () -> inode;
    } catch (IOException e) {
      return () -> {
        throw e;
      };
    }
  }

  Target target(ModelPath path) {
    if (!byHandle) {
      return () -> server.place(path);
    }
    try {
      var place = server.place(path);
      return () -> place;
    } catch (IOException e) {
      return () -> {
        throw e;
      };
    }
  }

  <T> T call(Request.Kind kind, ModelPath path, Request.Execution<T> execution) throws IOException {
    return call(kind, path, null, execution);
  }

  <T> T call(
      Request.Kind kind, ModelPath path, @Nullable ModelPath other, Request.Execution<T> execution)
      throws IOException {
    requireAlive();
    var request = new Request(client, requests.getAndIncrement(), kind, path, other, execution);
    var fate = gate.before(request);
    requireAlive();
    return switch (fate) {
      case Gate.Fate.Passes once -> execute(request, execution);
      case Gate.Fate.Fails fails -> {
        if (fails.executed()) {
          execute(request, execution);
        }
        throw request.error(fails.errno());
      }
      case Gate.Fate.Dies dies -> {
        if (dies.executed()) {
          execute(request, execution);
        }
        dead = true;
        throw new Killed();
      }
      case Gate.Fate.DiesInFlight inFlight -> {
        server.send(request);
        dead = true;
        throw new Killed();
      }
    };
  }

  private void requireAlive() {
    if (dead) {
      throw new Killed();
    }
  }

  private <T> T execute(Request request, Request.Execution<T> execution) throws IOException {
    T answer = server.execute(request, execution);
    if (request.kind().changes()) {
      afterChange.run();
    }
    return answer;
  }

  @Override
  public ModelProvider provider() {
    return provider;
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("a model lives as long as its test");
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(new ModelPath(this, List.of()));
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of(provider.store());
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return Set.of("basic", "unix");
  }

  @Override
  public Path getPath(String first, String... more) {
    if (!first.startsWith("/")) {
      return Path.of(first, more);
    }
    var names = new ArrayList<String>();
    Path.of(first, more).forEach(name -> names.add(name.toString()));
    return new ModelPath(this, names);
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    throw new UnsupportedOperationException("globs are for relative paths");
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw new UnsupportedOperationException("owners are numbers here");
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("a volume is not watched");
  }
}
