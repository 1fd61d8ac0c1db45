package io.liteferry.model;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The volume, as an NFS server or a disk keeps it: what everybody sees now, and what would be left
 * after a crash.
 *
 * <p><b>After a crash</b> ({@link CrashOutcomes}):
 *
 * <ul>
 *   <li>The data of a file is what it was at its last sync, or what was written since, or a mixture
 *       of these and of zeros in units of 512 bytes.
 *   <li>Its attributes are those of its last sync or those set since.
 *   <li>A change of names in a directory since its last sync has happened or has not, independently
 *       of the changes of other names, and independently of data. Changes of one name happen in
 *       order: if a later one is kept, so are the earlier ones.
 *   <li>A rename is one change, kept or lost as a whole, also between two directories; a sync of
 *       either directory makes it durable. POSIX does not say so, but each journaling file system
 *       and each NFS server does it, and no program could make use of a rename that may lose or
 *       double its file.
 * </ul>
 *
 * <p>This is weaker than ext4 and XFS, which keep the order of all changes of names, and weaker
 * than NFS with a server that is not exported {@code async}, where they are durable when they are
 * answered. What is right here is right there.
 *
 * <p>Permissions are kept and not enforced: the agents are root. A file that is deleted while it is
 * open can still be written to. Inode numbers are not used twice.
 *
 * <p>Safe for use by several threads; each request is executed under the lock of this object.
 */
final class ModelServer {
  static final long DEVICE = 77;

  /** Of the directory below which everything is: the volume. */
  static final String VOLUME = "volume";

  static final int BLOCK = 512;
  private static final int MAX_LINKS = 8;
  private static final int NAME_MAX = 255;
  private static final long ROOT = 1;

  /** 2020-01-01: whatever has such a time is old. */
  private static final long START = TimeUnit.SECONDS.toNanos(1_577_836_800L);

  private static final long STEP = TimeUnit.MICROSECONDS.toNanos(1);

  /** A change of one name or, for a rename, of two. */
  record Change(List<Edit> edits) {
    boolean touches(long directory) {
      return edits.stream().anyMatch(e -> e.directory() == directory);
    }

    boolean sharesNameWith(Change other) {
      return edits.stream()
          .anyMatch(
              e ->
                  other.edits.stream()
                      .anyMatch(o -> o.directory() == e.directory() && o.name().equals(e.name())));
    }
  }

  /**
   * What a name in a directory stands for from now on.
   *
   * @param inode null when the name is gone
   */
  record Edit(long directory, String name, @Nullable Long inode) {}

  /** A name in a directory that is already found; as the handle and name of an NFS request. */
  record Place(long directory, String name) {}

  private final TreeMap<Long, Inode> inodes = new TreeMap<>();

  /** Changes of directories since the last sync of any directory that they touch, in order. */
  private final List<Change> pending = new ArrayList<>();

  private final List<Request> inFlight = new ArrayList<>();
  private long nextInode = ROOT;
  private long ticks;
  private long capacity = Long.MAX_VALUE;
  private Consumer<ModelServer> afterManifest = server -> {};
  private long mostInodes = Long.MAX_VALUE;
  private UnaryOperator<Long> timeKept = UnaryOperator.identity();
  private Consumer<Request> onExecuted = request -> {};

  /** An empty volume. */
  ModelServer() {
    var root = make(Inode.Kind.DIRECTORY, "", 0755);
    var volume = make(Inode.Kind.DIRECTORY, "", 0755);
    root.entries.put(VOLUME, volume.number);
    root.durableEntries.put(VOLUME, volume.number);
  }

  private ModelServer(ModelServer other) {
    other.inodes.forEach((number, inode) -> inodes.put(number, inode.copy()));
    pending.addAll(other.pending);
    nextInode = other.nextInode;
    ticks = other.ticks;
    capacity = other.capacity;
    afterManifest = other.afterManifest;
    mostInodes = other.mostInodes;
    timeKept = other.timeKept;
  }

  /** The same volume as it is now, apart; what is in flight to this one does not reach it. */
  synchronized ModelServer copy() {
    return new ModelServer(this);
  }

  /** A client's view, with no gate and a count of its own. */
  ModelFileSystem mount(String client) {
    return new ModelFileSystem(this, client);
  }

  /** At most so many bytes in all files. */
  synchronized ModelServer withCapacity(long bytes) {
    capacity = bytes;
    return this;
  }

  /** Not one more byte, until something goes. */
  synchronized ModelServer fill() {
    return fillBut(0);
  }

  /** The same, but for so many bytes. */
  synchronized ModelServer fillBut(long bytes) {
    capacity = used() + bytes;
    return this;
  }

  /** Not one new file, directory or symbolic link, until one goes. */
  synchronized ModelServer fillWithNames() {
    mostInodes = usedInodes();
    return this;
  }

  private long usedInodes() {
    return inodes.values().stream().filter(ModelServer::isThere).count();
  }

  private static boolean isThere(Inode inode) {
    return inode.isDirectory() ? inode.links >= 0 : inode.links > 0;
  }

  /** Keeps mtimes with a coarser grain, as some servers do. */
  synchronized ModelServer keepingTimesTo(TimeUnit unit) {
    timeKept = nanos -> unit.toNanos(unit.convert(nanos, TimeUnit.NANOSECONDS));
    return this;
  }

  /** Everything becomes durable. */
  synchronized void syncAll() {
    for (var inode : inodes.values()) {
      inode.durable = inode.now;
      inode.durableEntries.clear();
      inode.durableEntries.putAll(inode.entries);
    }
    pending.clear();
  }

  /** Is told of each request that was executed without an error, under the lock. */
  synchronized ModelServer onExecuted(Consumer<Request> hook) {
    onExecuted = hook;
    return this;
  }

  /** Executes a request, whoever still waits for its answer. */
  synchronized <T> T execute(Request request, Request.Execution<T> execution) throws IOException {
    T answer = execution.run();
    onExecuted.accept(request);
    return answer;
  }

  // What is on its way.

  synchronized void send(Request request) {
    inFlight.add(request);
  }

  /** Requests whose senders died, in the order in which they were sent. */
  synchronized List<Request> inFlight() {
    return List.copyOf(inFlight);
  }

  /**
   * Executes a request that is in flight; it stays there, as a client may send it again.
   *
   * @return the error with which it was answered, which nobody hears; null when there was none
   */
  synchronized @Nullable IOException deliver(Request request) {
    try {
      execute(request, request.execution());
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  // Requests. Called under the lock.

  private Inode make(ModelPath path, Inode.Kind kind, String target, int mode) throws IOException {
    if (usedInodes() >= mostInodes) {
      throw Errno.ENOSPC.at(path, null);
    }
    return make(kind, target, mode);
  }

  private Inode make(Inode.Kind kind, String target, int mode) {
    var attributes = new Inode.Attributes(mode, 0, 0, now());
    var inode = new Inode(nextInode++, kind, target, attributes);
    inodes.put(inode.number, inode);
    return inode;
  }

  /** Each look at the clock is a moment later than the one before. */
  private long now() {
    return timeKept.apply(START + STEP * ticks++);
  }

  /** Finds the directory in which the last name of a path is. */
  synchronized Place place(ModelPath path) throws IOException {
    var names = path.names();
    if (names.isEmpty()) {
      throw Errno.EINVAL.at(path, null);
    }
    var directory = find(path, names.subList(0, names.size() - 1), true, 0);
    if (!directory.isDirectory()) {
      throw Errno.ENOTDIR.at(path, null);
    }
    if (names.getLast().length() > NAME_MAX) {
      throw Errno.ENAMETOOLONG.at(path, null);
    }
    return new Place(directory.number, names.getLast());
  }

  private Inode find(ModelPath path, List<String> names, boolean follow, int depth)
      throws IOException {
    if (depth > MAX_LINKS) {
      throw Errno.ELOOP.at(path, null);
    }
    Deque<Inode> way = new ArrayDeque<>(List.of(inode(ROOT)));
    for (int i = 0; i < names.size(); i++) {
      var name = names.get(i);
      if (!way.getLast().isDirectory()) {
        throw Errno.ENOTDIR.at(path, null);
      }
      if (name.equals("..")) {
        if (way.size() > 1) {
          way.removeLast();
        }
        continue;
      }
      var number = way.getLast().entries.get(name);
      if (number == null) {
        throw name.length() > NAME_MAX
            ? Errno.ENAMETOOLONG.at(path, null)
            : Errno.ENOENT.at(path, null);
      }
      var found = inode(number);
      if (found.kind == Inode.Kind.LINK && (follow || i < names.size() - 1)) {
        var target = new ArrayList<String>();
        if (!found.target.startsWith("/")) {
          target.addAll(names.subList(0, i));
        }
        target.addAll(Arrays.stream(found.target.split("/")).filter(s -> !s.isEmpty()).toList());
        target.addAll(names.subList(i + 1, names.size()));
        return find(path, target, follow, depth + 1);
      }
      way.addLast(found);
    }
    return way.getLast();
  }

  synchronized Inode find(ModelPath path, boolean follow) throws IOException {
    return find(path, path.names(), follow, 0);
  }

  Inode inode(long number) {
    var inode = inodes.get(number);
    if (inode == null) {
      throw new IllegalStateException("no inode " + number);
    }
    return inode;
  }

  private Inode directory(Place place, ModelPath path) throws IOException {
    var directory = inode(place.directory());
    if (directory.links < 0) {
      throw Errno.ESTALE.at(path, null);
    }
    return directory;
  }

  private @Nullable Inode entry(Place place, ModelPath path) throws IOException {
    var number = directory(place, path).entries.get(place.name());
    return number == null ? null : inode(number);
  }

  private void change(Edit... edits) {
    for (var edit : edits) {
      var directory = inode(edit.directory());
      if (edit.inode() == null) {
        directory.entries.remove(edit.name());
      } else {
        directory.entries.put(edit.name(), edit.inode());
      }
      touch(directory);
    }
    pending.add(new Change(List.of(edits)));
  }

  private void touch(Inode inode) {
    long time = now();
    inode.ctime = time;
    if (inode.isDirectory()) {
      // not worth a choice at a crash: nothing depends on the mtime of a directory
      boolean synced = !inode.hasUnsyncedAttributes();
      inode.now = withMtime(inode.now, time);
      inode.durable = synced ? inode.now : inode.durable;
    }
  }

  private static Inode.State withMtime(Inode.State state, long mtime) {
    var a = state.attributes();
    return new Inode.State(state.data(), new Inode.Attributes(a.mode(), a.uid(), a.gid(), mtime));
  }

  /** Makes a file; null when the name is taken. */
  @Nullable Inode create(Place place, ModelPath path, int mode) throws IOException {
    if (entry(place, path) != null) {
      return null;
    }
    var file = make(path, Inode.Kind.FILE, "", mode);
    file.links = 1;
    change(new Edit(place.directory(), place.name(), file.number));
    return file;
  }

  void makeDirectory(Place place, ModelPath path, int mode) throws IOException {
    requireFree(place, path);
    var made = make(path, Inode.Kind.DIRECTORY, "", mode);
    change(new Edit(place.directory(), place.name(), made.number));
  }

  void makeLink(Place place, ModelPath path, Path target) throws IOException {
    requireFree(place, path);
    var link = make(path, Inode.Kind.LINK, target.toString(), 0777);
    link.links = 1;
    change(new Edit(place.directory(), place.name(), link.number));
  }

  void link(Inode inode, Place place, ModelPath path, ModelPath other) throws IOException {
    if (inode.links <= 0 && !inode.isDirectory()) {
      throw Errno.ESTALE.at(path, other);
    }
    if (inode.isDirectory()) {
      throw Errno.EPERM.at(path, other);
    }
    requireFree(place, other);
    inode.links++;
    inode.ctime = now();
    change(new Edit(place.directory(), place.name(), inode.number));
  }

  private void requireFree(Place place, ModelPath path) throws IOException {
    if (entry(place, path) != null) {
      throw Errno.EEXIST.at(path, null);
    }
  }

  void rename(Place from, Place to, ModelPath path, ModelPath other) throws IOException {
    var moved = entry(from, path);
    if (moved == null) {
      throw Errno.ENOENT.at(path, other);
    }
    var replaced = entry(to, other);
    if (moved == replaced) {
      return; // two names of one file: POSIX wants that nothing is done
    }
    if (moved.isDirectory() && isAtOrBelow(to.directory(), moved.number)) {
      throw Errno.EINVAL.at(path, other);
    }
    if (replaced != null) {
      if (replaced.isDirectory() != moved.isDirectory()) {
        throw (replaced.isDirectory() ? Errno.EISDIR : Errno.ENOTDIR).at(path, other);
      }
      if (!replaced.entries.isEmpty()) {
        throw Errno.ENOTEMPTY.at(path, other);
      }
      unlinked(replaced);
    }
    moved.ctime = now();
    change(
        new Edit(from.directory(), from.name(), null),
        new Edit(to.directory(), to.name(), moved.number));
    if (to.name().equals("manifest.json")) {
      afterManifest.accept(this);
    }
  }

  private boolean isAtOrBelow(long directory, long ancestor) {
    return directory == ancestor
        || inode(ancestor).entries.values().stream()
            .map(this::inode)
            .anyMatch(child -> child.isDirectory() && isAtOrBelow(directory, child.number));
  }

  void remove(Place place, ModelPath path) throws IOException {
    var victim = entry(place, path);
    if (victim == null) {
      throw Errno.ENOENT.at(path, null);
    }
    if (!victim.entries.isEmpty()) {
      throw new DirectoryNotEmptyException(path.toString());
    }
    unlinked(victim);
    change(new Edit(place.directory(), place.name(), null));
  }

  private void unlinked(Inode inode) {
    inode.links--; // of a directory: from 0, so that a negative one tells that it is gone
    inode.ctime = now();
  }

  List<String> list(ModelPath path) throws IOException {
    var directory = find(path, true);
    if (!directory.isDirectory()) {
      throw new NotDirectoryException(path.toString());
    }
    return List.copyOf(directory.entries.keySet());
  }

  String readLink(ModelPath path) throws IOException {
    var link = find(path, false);
    if (link.kind != Inode.Kind.LINK) {
      throw new NotLinkException(path.toString());
    }
    return link.target;
  }

  void write(Inode file, long position, byte[] bytes) throws IOException {
    var old = file.now.data();
    int end = Math.toIntExact(position + bytes.length);
    if (end > old.length && used() + end - old.length > capacity) {
      throw Errno.ENOSPC.onOpenFile();
    }
    var data = Arrays.copyOf(old, Math.max(old.length, end));
    System.arraycopy(bytes, 0, data, Math.toIntExact(position), bytes.length);
    setData(file, data);
  }

  void truncate(Inode file, long size) {
    setData(file, Arrays.copyOf(file.now.data(), Math.toIntExact(size)));
  }

  private void setData(Inode file, byte[] data) {
    long time = now();
    file.now = withMtime(new Inode.State(data, file.now.attributes()), time);
    file.ctime = time;
  }

  void set(Inode inode, UnaryOperator<Inode.Attributes> to) {
    var a = to.apply(inode.now.attributes());
    inode.now =
        new Inode.State(
            inode.now.data(),
            new Inode.Attributes(a.mode(), a.uid(), a.gid(), timeKept.apply(a.mtime())));
    inode.ctime = now();
  }

  /** What fsync(2) does. */
  void sync(Inode inode) {
    inode.durable = inode.now;
    if (!inode.isDirectory()) {
      return;
    }
    var kept = new BitSet();
    for (int i = 0; i < pending.size(); i++) {
      kept.set(i, pending.get(i).touches(inode.number));
    }
    keep(withWhatTheyNeed(kept));
  }

  long used() {
    return inodes.values().stream()
        .filter(inode -> inode.links > 0)
        .mapToLong(inode -> inode.now.data().length)
        .sum();
  }

  /** What is done whenever a manifest was put in its place, here and on all copies. */
  void afterManifest(Consumer<ModelServer> action) {
    afterManifest = action;
  }

  long total() {
    return capacity;
  }

  long free() {
    return capacity == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, capacity - used());
  }

  // Crashes.

  synchronized List<Change> pending() {
    return List.copyOf(pending);
  }

  /** The files whose data or attributes would not survive as they are. */
  synchronized List<Inode> unsynced() {
    return inodes.values().stream()
        .filter(inode -> inode.links >= 0)
        .filter(inode -> inode.hasUnsyncedData() || inode.hasUnsyncedAttributes())
        .toList();
  }

  /** A change that is kept needs the earlier ones of the same names. */
  synchronized BitSet withWhatTheyNeed(BitSet kept) {
    var all = (BitSet) kept.clone();
    for (int i = pending.size() - 1; i >= 0; i--) {
      if (all.get(i)) {
        for (int j = 0; j < i; j++) {
          if (!all.get(j) && pending.get(i).sharesNameWith(pending.get(j))) {
            all.set(j);
          }
        }
      }
    }
    return all;
  }

  private void keep(BitSet kept) {
    var left = new ArrayList<Change>();
    for (int i = 0; i < pending.size(); i++) {
      if (!kept.get(i)) {
        left.add(pending.get(i));
        continue;
      }
      for (var edit : pending.get(i).edits()) {
        var durable = inode(edit.directory()).durableEntries;
        if (edit.inode() == null) {
          durable.remove(edit.name());
        } else {
          durable.put(edit.name(), edit.inode());
        }
      }
    }
    pending.clear();
    pending.addAll(left);
  }

  /**
   * The volume as it is found after a crash; everything in it is durable.
   *
   * @param changes which of {@link #pending} are kept
   * @param states what is left of the files in {@link #unsynced}; by inode number
   */
  synchronized ModelServer crashed(BitSet changes, Map<Long, Inode.State> states) {
    var after = copy();
    after.keep(after.withWhatTheyNeed(changes));
    after.pending.clear();
    var links = new HashMap<Long, Integer>();
    var reachable = new HashSet<Long>();
    after.reach(ROOT, reachable, links);
    after.inodes.keySet().retainAll(reachable);
    for (var inode : after.inodes.values()) {
      inode.entries.clear();
      inode.entries.putAll(inode.durableEntries);
      inode.now = states.getOrDefault(inode.number, inode.durable);
      inode.durable = inode.now;
      inode.links = inode.isDirectory() ? 0 : links.getOrDefault(inode.number, 0);
    }
    return after;
  }

  private void reach(long number, Set<Long> reachable, Map<Long, Integer> links) {
    links.merge(number, 1, Integer::sum);
    if (reachable.add(number)) {
      inode(number).durableEntries.values().forEach(child -> reach(child, reachable, links));
    }
  }
}
