package io.liteferry.model;

import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An absolute path of the model. A relative one is a plain path of the default file system: so a
 * name that was found in local can be looked for on the model, as the agent does.
 */
final class ModelPath implements Path {
  private final ModelFileSystem fileSystem;
  private final List<String> names;

  ModelPath(ModelFileSystem fileSystem, List<String> names) {
    this.fileSystem = fileSystem;
    this.names = List.copyOf(names);
  }

  static ModelPath of(Path path) {
    if (path instanceof ModelPath ours) {
      return ours;
    }
    throw new java.nio.file.ProviderMismatchException(path.toString());
  }

  List<String> names() {
    return names;
  }

  @Override
  public ModelFileSystem getFileSystem() {
    return fileSystem;
  }

  @Override
  public boolean isAbsolute() {
    return true;
  }

  @Override
  public Path getRoot() {
    return new ModelPath(fileSystem, List.of());
  }

  @Override
  public @Nullable Path getFileName() {
    return names.isEmpty() ? null : Path.of(names.getLast());
  }

  @Override
  public @Nullable Path getParent() {
    return names.isEmpty() ? null : new ModelPath(fileSystem, names.subList(0, names.size() - 1));
  }

  @Override
  public int getNameCount() {
    return names.size();
  }

  @Override
  public Path getName(int index) {
    return Path.of(names.get(index));
  }

  @Override
  public Path subpath(int begin, int end) {
    return Path.of(String.join("/", names.subList(begin, end)));
  }

  @Override
  public boolean startsWith(Path other) {
    return other instanceof ModelPath ours
        && ours.fileSystem == fileSystem
        && ours.names.size() <= names.size()
        && names.subList(0, ours.names.size()).equals(ours.names);
  }

  @Override
  public boolean endsWith(Path other) {
    return other instanceof ModelPath ? equals(other) : subpathOrEmpty().endsWith(other);
  }

  private Path subpathOrEmpty() {
    return Path.of(String.join("/", names));
  }

  @Override
  public Path normalize() {
    var kept = new ArrayList<String>();
    for (var name : names) {
      if (name.equals("..")) {
        if (!kept.isEmpty()) {
          kept.removeLast();
        }
      } else if (!name.equals(".")) {
        kept.add(name);
      }
    }
    return new ModelPath(fileSystem, kept);
  }

  @Override
  public Path resolve(Path other) {
    if (other.isAbsolute()) {
      return other;
    }
    if (other.toString().isEmpty()) {
      return this;
    }
    var all = new ArrayList<>(names);
    other.forEach(name -> all.add(name.toString()));
    return new ModelPath(fileSystem, all);
  }

  @Override
  public Path relativize(Path other) {
    var theirs = of(other).names;
    int common = 0;
    while (common < names.size()
        && common < theirs.size()
        && names.get(common).equals(theirs.get(common))) {
      common++;
    }
    var way = new ArrayList<String>();
    for (int i = common; i < names.size(); i++) {
      way.add("..");
    }
    way.addAll(theirs.subList(common, theirs.size()));
    return Path.of(String.join("/", way));
  }

  @Override
  public URI toUri() {
    return URI.create("model:" + Path.of(toString()).toUri().getRawPath());
  }

  @Override
  public Path toAbsolutePath() {
    return this;
  }

  @Override
  public Path toRealPath(LinkOption... options) {
    return normalize();
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("a volume is not watched");
  }

  @Override
  public int compareTo(Path other) {
    return toString().compareTo(of(other).toString());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ModelPath ours
        && ours.fileSystem == fileSystem
        && ours.names.equals(names);
  }

  @Override
  public int hashCode() {
    return names.hashCode();
  }

  @Override
  public String toString() {
    return "/" + String.join("/", names);
  }
}
