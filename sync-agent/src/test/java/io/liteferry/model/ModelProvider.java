package io.liteferry.model;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Turns the calls of {@link java.nio.file.Files} into requests of one client. */
final class ModelProvider extends FileSystemProvider {
  private static final int FILE_MODE = 0644;
  private static final int DIRECTORY_MODE = 0755;

  private final ModelFileSystem client;

  ModelProvider(ModelFileSystem client) {
    this.client = client;
  }

  private ModelServer server() {
    return client.server();
  }

  @Override
  public String getScheme() {
    return "model";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    var ours = ModelPath.of(path);
    boolean makes =
        options.contains(StandardOpenOption.CREATE_NEW)
            || options.contains(StandardOpenOption.CREATE);
    boolean follow = !options.contains(NOFOLLOW_LINKS);
    int mode = mode(FILE_MODE, attributes);
    var target = client.target(ours);
    var inode =
        client.call(
            makes ? Request.Kind.CREATE : Request.Kind.OPEN,
            ours,
            () -> {
              if (makes) {
                var made = server().create(target.place(), ours, mode);
                if (made != null) {
                  return made;
                }
                if (options.contains(StandardOpenOption.CREATE_NEW)) {
                  throw Errno.EEXIST.at(ours, null);
                }
              }
              var found = server().find(ours, follow);
              if (found.kind == Inode.Kind.LINK) {
                throw Errno.ELOOP.onOpenFile(); // Java names no path here
              }
              if (found.isDirectory() && options.contains(StandardOpenOption.WRITE)) {
                throw Errno.EISDIR.at(ours, null);
              }
              if (options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
                server().truncate(found, 0);
              }
              return found;
            });
    return new ModelChannel(ours, inode, options);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    var ours = ModelPath.of(directory);
    var names = client.call(Request.Kind.LIST, ours, () -> server().list(ours));
    var paths = new ArrayList<Path>();
    for (var name : names) {
      var path = ours.resolve(name);
      if (filter.accept(path)) {
        paths.add(path);
      }
    }
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return paths.iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
    var ours = ModelPath.of(path);
    int mode = mode(DIRECTORY_MODE, attributes);
    var target = client.target(ours);
    client.call(
        Request.Kind.MAKE_DIRECTORY,
        ours,
        () -> {
          server().makeDirectory(target.place(), ours, mode);
          return true;
        });
  }

  @Override
  public void createSymbolicLink(Path link, Path to, FileAttribute<?>... attributes)
      throws IOException {
    var ours = ModelPath.of(link);
    var target = client.target(ours);
    client.call(
        Request.Kind.SYMLINK,
        ours,
        () -> {
          server().makeLink(target.place(), ours, to);
          return true;
        });
  }

  @Override
  public void createLink(Path link, Path existing) throws IOException {
    var from = ModelPath.of(existing);
    var ours = ModelPath.of(link);
    var source = client.source(from);
    var target = client.target(ours);
    client.call(
        Request.Kind.LINK,
        from,
        ours,
        () -> {
          server().link(source.inode(), target.place(), from, ours);
          return true;
        });
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    var ours = ModelPath.of(link);
    return Path.of(client.call(Request.Kind.READ_LINK, ours, () -> server().readLink(ours)));
  }

  @Override
  public void delete(Path path) throws IOException {
    var ours = ModelPath.of(path);
    var target = client.target(ours);
    client.call(
        Request.Kind.REMOVE,
        ours,
        () -> {
          server().remove(target.place(), ours);
          return true;
        });
  }

  @Override
  public void move(Path from, Path to, CopyOption... options) throws IOException {
    if (!Arrays.asList(options).contains(StandardCopyOption.ATOMIC_MOVE)) {
      throw new UnsupportedOperationException("only rename(2) is modelled");
    }
    var source = ModelPath.of(from);
    var ours = ModelPath.of(to);
    var old = client.target(source);
    var target = client.target(ours);
    client.call(
        Request.Kind.RENAME,
        source,
        ours,
        () -> {
          server().rename(old.place(), target.place(), source, ours);
          return true;
        });
  }

  @Override
  public void copy(Path from, Path to, CopyOption... options) {
    throw new UnsupportedOperationException("a copy is reads and writes");
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return path.equals(other) || look(path, true).fileKey().equals(look(other, true).fileKey());
  }

  @Override
  public boolean isHidden(Path path) {
    return false;
  }

  @Override
  public FileStore getFileStore(Path path) {
    return new Store(ModelPath.of(path));
  }

  FileStore store() {
    return new Store(ModelPath.of(client.root()));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    look(path, true);
  }

  private ModelAttributes look(Path path, boolean follow) throws IOException {
    var ours = ModelPath.of(path);
    return client.call(
        Request.Kind.LOOK,
        ours,
        () -> {
          try {
            return new ModelAttributes(server().find(ours, follow));
          } catch (IOException e) {
            // to Java, below a file there is nothing
            throw io.liteferry.durable.Errno.of(e) == io.liteferry.durable.Errno.ENOTDIR
                ? Errno.ENOENT.at(ours, null)
                : e;
          }
        });
  }

  private static boolean follows(LinkOption... options) {
    return !Arrays.asList(options).contains(NOFOLLOW_LINKS);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    if (type != BasicFileAttributes.class) {
      throw new UnsupportedOperationException(type.toString());
    }
    return type.cast(look(path, follows(options)));
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    var all = look(path, follows(options)).unix();
    var wanted = names.substring(names.indexOf(':') + 1);
    if (wanted.equals("*")) {
      return all;
    }
    var some = new HashMap<String, Object>();
    for (var name : wanted.split(",", -1)) {
      var value = all.get(name);
      if (value == null) {
        throw new IllegalArgumentException("'" + name + "' not recognized");
      }
      some.put(name, value);
    }
    return some;
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return type == BasicFileAttributeView.class
        ? type.cast(new View(path, follows(options)))
        : null;
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    boolean follow = follows(options);
    switch (name) {
      case "unix:mode" ->
          set(
              path,
              follow,
              a -> new Inode.Attributes((Integer) value, a.uid(), a.gid(), a.mtime()));
      case "unix:uid" ->
          set(
              path,
              follow,
              a -> new Inode.Attributes(a.mode(), (Integer) value, a.gid(), a.mtime()));
      case "unix:gid" ->
          set(
              path,
              follow,
              a -> new Inode.Attributes(a.mode(), a.uid(), (Integer) value, a.mtime()));
      default -> throw new UnsupportedOperationException(name);
    }
  }

  private void set(Path path, boolean follow, java.util.function.UnaryOperator<Inode.Attributes> to)
      throws IOException {
    var ours = ModelPath.of(path);
    client.call(
        Request.Kind.SET,
        ours,
        () -> {
          server().set(server().find(ours, follow), to);
          return true;
        });
  }

  private static int mode(int otherwise, FileAttribute<?>... attributes) {
    for (var attribute : attributes) {
      if (attribute.name().equals("posix:permissions")
          && attribute.value() instanceof Set<?> permissions) {
        int mode = 0;
        for (var permission : PosixFilePermission.values()) { // from the owner's read on
          mode = mode << 1 | (permissions.contains(permission) ? 1 : 0);
        }
        return mode;
      }
    }
    return otherwise;
  }

  /** What lstat(2) says. */
  private record ModelAttributes(
      Inode.Kind kind, long number, int links, long size, long ctime, Inode.Attributes set)
      implements BasicFileAttributes {
    ModelAttributes(Inode inode) {
      this(
          inode.kind,
          inode.number,
          inode.links,
          inode.kind == Inode.Kind.LINK ? inode.target.length() : inode.now.data().length,
          inode.ctime,
          inode.now.attributes());
    }

    Map<String, Object> unix() {
      var all = new HashMap<String, Object>();
      all.put("mode", set.mode() | kind.bits);
      all.put("ino", number);
      all.put("dev", ModelServer.DEVICE);
      all.put("nlink", Math.max(1, links));
      all.put("uid", set.uid());
      all.put("gid", set.gid());
      all.put("size", size);
      all.put("lastModifiedTime", lastModifiedTime());
      all.put("ctime", FileTime.from(ctime, TimeUnit.NANOSECONDS));
      all.put("isDirectory", isDirectory());
      all.put("isRegularFile", isRegularFile());
      all.put("isSymbolicLink", isSymbolicLink());
      all.put("fileKey", fileKey());
      return all;
    }

    @Override
    public FileTime lastModifiedTime() {
      return FileTime.from(set.mtime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public FileTime lastAccessTime() {
      return lastModifiedTime();
    }

    @Override
    public FileTime creationTime() {
      return lastModifiedTime();
    }

    @Override
    public boolean isRegularFile() {
      return kind == Inode.Kind.FILE;
    }

    @Override
    public boolean isDirectory() {
      return kind == Inode.Kind.DIRECTORY;
    }

    @Override
    public boolean isSymbolicLink() {
      return kind == Inode.Kind.LINK;
    }

    @Override
    public boolean isOther() {
      return false;
    }

    @Override
    public Object fileKey() {
      return List.of(ModelServer.DEVICE, number);
    }
  }

  private final class View implements BasicFileAttributeView {
    private final Path path;
    private final boolean follow;

    View(Path path, boolean follow) {
      this.path = path;
      this.follow = follow;
    }

    @Override
    public String name() {
      return "basic";
    }

    @Override
    public BasicFileAttributes readAttributes() throws IOException {
      return look(path, follow);
    }

    @Override
    public void setTimes(
        @Nullable FileTime modified, @Nullable FileTime accessed, @Nullable FileTime created)
        throws IOException {
      if (modified != null) {
        long mtime = modified.to(TimeUnit.NANOSECONDS);
        set(path, follow, a -> new Inode.Attributes(a.mode(), a.uid(), a.gid(), mtime));
      }
    }
  }

  /** Only its free space is of use. */
  private final class Store extends FileStore {
    private final ModelPath path;

    Store(ModelPath path) {
      this.path = path;
    }

    @Override
    public String name() {
      return "model";
    }

    @Override
    public String type() {
      return "model";
    }

    @Override
    public boolean isReadOnly() {
      return false;
    }

    @Override
    public long getTotalSpace() throws IOException {
      return client.call(Request.Kind.ASK_SPACE, path, () -> server().total());
    }

    @Override
    public long getUsableSpace() throws IOException {
      return client.call(Request.Kind.ASK_SPACE, path, () -> server().free());
    }

    @Override
    public long getUnallocatedSpace() throws IOException {
      return getUsableSpace();
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
      return type == BasicFileAttributeView.class;
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
      return Set.of("basic", "unix").contains(name);
    }

    @Override
    public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
      return null;
    }

    @Override
    public Object getAttribute(String attribute) {
      throw new UnsupportedOperationException(attribute);
    }
  }
}
