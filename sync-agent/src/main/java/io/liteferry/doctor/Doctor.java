package io.liteferry.doctor;

import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.PortableName;
import io.liteferry.durable.User;
import io.liteferry.lease.Dismantling;
import io.liteferry.lease.LeaseView;
import io.liteferry.lease.VolumeException;
import io.liteferry.publish.Amount;
import io.liteferry.publish.DirectUse;
import io.liteferry.publish.Inventory;
import io.liteferry.publish.OutwardLinks;
import io.liteferry.publish.Volume;
import io.liteferry.restore.Decision;
import io.liteferry.restore.RefusedException;
import io.liteferry.restore.RestoreProgress;
import io.liteferry.restore.RestoreSite;
import io.liteferry.restore.Restorer;
import io.liteferry.scan.Entry;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.sqlite.DatabaseHeader;
import io.liteferry.state.StateDirectory;
import io.liteferry.watch.TreeWatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at everything that an agent will rely on. For one thread. */
public final class Doctor {
  private static final Logger log = LoggerFactory.getLogger(Doctor.class);

  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");
  private static final Path INOTIFY = Path.of("/proc/sys/fs/inotify");
  private static final Path LOCKS = Path.of("/proc/locks");

  /** In which subjects are read; what is found of one stays in the order in which it was found. */
  private static final List<String> ORDER =
      List.of(
          "mounts",
          "user",
          "local",
          "state",
          "volume",
          "databases",
          "space",
          "inotify",
          "clock",
          Report.AGENT_AT_WORK,
          "lease",
          "start");

  private static final int MOST_DATABASES = 20;
  private static final long READ_BYTES = 64L << 20;
  private static final Duration CLOCKS_AGREE = Duration.ofMinutes(1);

  /** Longer than this a writer with SQLite's usual patience may be told that it is locked out. */
  private static final double LONG_HOLD = 5;

  private static final double NOTABLE_HOLD = 0.5;

  private final Path local;
  private final Path volume;
  private final Path state;
  private final PathFilter filter;
  private final int transfers;
  private final TimeLimit limit;
  private final Clock clock;
  private final List<Finding> findings = new ArrayList<>();
  private boolean volumeIsSilent;

  /**
   * Prepares it.
   *
   * @param local resolved, as the other two; state may not exist
   * @param transfers how many files are on their way to the volume at once
   * @param limit for each question
   */
  public Doctor(
      Path local,
      Path volume,
      Path state,
      PathFilter filter,
      int transfers,
      TimeLimit limit,
      Clock clock) {
    this.local = local;
    this.volume = volume;
    this.state = state;
    this.filter = filter;
    this.transfers = transfers;
    this.limit = limit;
    this.clock = clock;
  }

  /** A tree, summed up. */
  private record Content(Inventory inventory, Inventory.Totals totals) {
    long bytesOfDatabases() {
      return inventory.databases().stream().mapToLong(this::sizeOf).sum();
    }

    private long sizeOf(Path path) {
      return Objects.requireNonNull(inventory.items().get(path)).entry().stamp().size();
    }

    long largestFile() {
      return inventory.items().values().stream()
          .filter(item -> item.entry().kind() == Entry.Kind.FILE && !item.database())
          .mapToLong(item -> item.entry().stamp().size())
          .max()
          .orElse(0);
    }
  }

  @FunctionalInterface
  private interface Listing {
    Inventory list() throws IOException;
  }

  private Content content(Path root, Listing listing) throws IOException {
    var begun = clock.instant();
    var inventory = listing.list();
    log.debug("{} listed in {} ms", root, Duration.between(begun, clock.instant()).toMillis());
    return new Content(inventory, inventory.totals());
  }

  /** Asks everything. */
  public Report examine() throws InterruptedException {
    about("mounts", false, this::fileSystems);
    about("user", false, this::user);
    var here = ask("local", false, this::localContent);
    var ofState = ask("state", false, found -> tell(found, Probe.ofState(existing(state))));
    var ofVolume = ask("volume", true, found -> tell(found, Probe.ofVolume(volume)));
    about("volume", true, this::ownDirectory);
    var there = ask("volume", true, this::volumeContent);
    here.ifPresent(
        content -> {
          double writing = ofState.map(Probe.Result::bytesPerSecond).orElse(0.0);
          about("databases", false, found -> databases(found, content, writing));
          about("inotify", false, found -> inotify(found, content, there));
        });
    if (here.isPresent() && there.isPresent()) {
      about("space", true, found -> space(found, here.get(), there.get()));
    }
    var now = ofVolume.flatMap(Probe.Result::now);
    now.ifPresent(this::clocks);
    about(Report.AGENT_AT_WORK, false, this::runningAgent);
    about("lease", true, found -> lease(found, now));
    there.ifPresent(content -> about("start", true, found -> start(found, content)));
    findings.sort(Comparator.comparingInt(finding -> ORDER.indexOf(finding.subject())));
    return new Report(findings);
  }

  /** Adds what it finds: to a list of its own, as nobody may wait for it any more. */
  private interface Question<T> {
    T ask(List<Finding> findings) throws Exception;
  }

  private interface Look {
    void take(List<Finding> findings) throws Exception;
  }

  private static Probe.Result tell(List<Finding> findings, Probe.Result result) {
    findings.addAll(result.findings());
    return result;
  }

  private void about(String subject, boolean ofVolume, Look look) {
    ask(
        subject,
        ofVolume,
        found -> {
          look.take(found);
          return true;
        });
  }

  /** What does not answer once is not asked again: each question would wait as long. */
  private <T> Optional<T> ask(String subject, boolean ofVolume, Question<T> question) {
    if (ofVolume && volumeIsSilent) {
      return Optional.empty();
    }
    var found = new ArrayList<Finding>();
    try {
      var answer = limit.ask(() -> question.ask(found));
      findings.addAll(found);
      return Optional.of(answer);
    } catch (TimeLimit.Exceeded e) {
      volumeIsSilent |= ofVolume;
      findings.add(
          Finding.problem(
              subject,
              (ofVolume ? "the volume gives " : "it gives ") + e.getMessage(),
              ofVolume
                  ? "see whether its server can be reached; nothing else of it was looked at"
                  : "give more time with --time-limit"));
    } catch (IOException e) {
      findings.addAll(found);
      findings.add(Finding.problem(subject, VolumeException.why(e), "mend that, and ask again"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return Optional.empty();
  }

  private void fileSystems(List<Finding> findings) throws IOException {
    var mountinfo = Mount.read(MOUNTINFO);
    var ofLocal = Mount.of(local, mountinfo);
    var ofVolume = Mount.of(volume, mountinfo);
    ofLocal.ifPresent(mount -> findings.addAll(FileSystemAdvice.ofLocal(mount)));
    Mount.of(state, mountinfo).ifPresent(mount -> findings.addAll(FileSystemAdvice.ofState(mount)));
    ofVolume.ifPresent(mount -> findings.addAll(FileSystemAdvice.ofVolume(mount)));
    if (ofLocal.isPresent() && ofLocal.equals(ofVolume)) {
      findings.add(
          Finding.warning(
              "volume",
              "is on the same file system as local: what takes one takes both",
              "check that it is mounted; give a volume that outlives the node"));
    }
  }

  private void user(List<Finding> findings) throws IOException {
    int self = User.id();
    findings.add(
        self == 0
            ? Finding.note(
                "user",
                "this is root",
                "run the agent as the application's user; it needs no right")
            : Finding.ok("user", "this is user " + self));
  }

  private static Path existing(Path path) {
    var existing = path;
    while (!Files.isDirectory(existing)) {
      existing = Objects.requireNonNull(existing.getParent());
    }
    return existing;
  }

  private void addOutwardLinks(List<Finding> findings, Inventory inventory)
      throws InterruptedException {
    var links = new OutwardLinks(local, List.of(local, state, volume), clock).of(inventory);
    var others = new ArrayList<Path>();
    links.forEach(
        (path, target) -> {
          if (target.hasDatabase()) {
            findings.add(
                Finding.problem(
                    "local",
                    "%s: a symbolic link to %s: not copied, and lost with the node"
                        .formatted(PortableName.of(path), target),
                    "move it into local, or exclude the link"));
          } else {
            others.add(path);
          }
        });
    if (!others.isEmpty()) {
      findings.add(
          Finding.warning(
              "local",
              "%s: symbolic links out of it; what they lead to is not copied, and lost with the node"
                  .formatted(named(others)),
              "move it into local, or make it durable by other means"));
    }
  }

  private Content localContent(List<Finding> findings) throws IOException, InterruptedException {
    if (!Files.isWritable(local)) {
      findings.add(
          Finding.problem(
              "local",
              "user %s cannot write there, which a restore has to".formatted(User.shown()),
              "mend its owner or permissions, or run as its owner (user %s)"
                  .formatted(Files.getAttribute(local, "unix:uid"))));
    }
    var content = content(local, () -> Inventory.of(local, filter, Tree.BeforeListing.NOTHING));
    findings.add(Finding.ok("local", "has " + content.totals()));
    addUnreadable(findings, "local", content);
    addOutwardLinks(findings, content.inventory());
    return content;
  }

  private Content volumeContent(List<Finding> findings) throws IOException {
    var content = content(volume, () -> new Volume(volume).inventory(filter));
    findings.add(
        Finding.ok(
            "volume",
            "has %s%s"
                .formatted(
                    content.totals(),
                    content.totals().databases() > 0
                        ? " (liteferry verify says whether the databases are sound)"
                        : "")));
    addUnreadable(findings, "volume", content);
    for (var database : content.inventory().databases()) {
      if (!DirectUse.sideFilesWithContent(new Volume(volume), database).isEmpty()) {
        findings.add(
            Finding.warning(
                "volume",
                "%s has side files with content: an application runs or ran on the volume itself"
                    .formatted(PortableName.of(database)),
                "stop it before an agent is started; the agent folds what they hold into it"));
      }
    }
    return content;
  }

  private void addUnreadable(List<Finding> findings, String subject, Content content)
      throws IOException {
    var inventory = content.inventory();
    if (!inventory.unreadable().isEmpty()) {
      var first = inventory.unreadable().entrySet().iterator().next();
      findings.add(
          Finding.problem(
              subject,
              "%s cannot be read: %s (%s)"
                  .formatted(
                      Amount.of(inventory.unreadable().size(), "name"),
                      named(inventory.unreadable().keySet()),
                      first.getValue()),
              "run as user %s, mend the permissions, or exclude them"
                  .formatted(Files.getAttribute(root(subject), "unix:uid"))));
    }
    if (!subject.equals("local")) {
      return;
    }
    if (!inventory.foreign().isEmpty()) {
      findings.add(
          Finding.warning(
              "databases",
              "%s: like a database, and none that SQLite can read (encrypted?); copied as files, with"
                      .formatted(named(inventory.foreign()))
                  + " their side files, and perhaps inconsistent",
              "use the application's own backup for them"));
    }
    if (!inventory.misnamed().isEmpty()) {
      findings.add(
          Finding.warning(
              "databases",
              "%s: the name of a side file of the database beside it, and none; does not travel"
                  .formatted(named(inventory.misnamed())),
              "rename it"));
    }
    if (!inventory.orphans().isEmpty()) {
      findings.add(
          Finding.note(
              "databases",
              "%s: left by SQLite, of a database that is gone; does not travel"
                  .formatted(named(inventory.orphans())),
              "delete it"));
    }
    if (!inventory.special().isEmpty()) {
      findings.add(
          Finding.note(
              "local",
              named(inventory.special()) + ": a socket, FIFO or device does not travel",
              ""));
    }
  }

  private Path root(String subject) {
    return subject.equals("local") ? local : volume;
  }

  private static String named(Collection<Path> paths) {
    return Amount.some(paths.stream().map(PortableName::of).toList());
  }

  /** What root can write in, another user perhaps cannot. */
  private void ownDirectory(List<Finding> findings) throws IOException {
    var own = new Volume(volume).own();
    if (Dismantling.hasBegun(own)) {
      findings.add(
          Finding.problem(
              "volume",
              "a detach was begun and not ended",
              "complete it: liteferry detach " + volume));
    }
    var directories = new ArrayList<>(List.of(own));
    directories.addAll(new LeaseView(own).directories());
    for (var directory : directories) {
      if (Files.isDirectory(directory) && !Files.isWritable(directory)) {
        findings.add(
            Finding.problem(
                "volume",
                "user %s cannot write to %s".formatted(User.shown(), directory),
                "run as its owner (user %s), or give it to this one"
                    .formatted(Files.getAttribute(directory, "unix:uid"))));
        return;
      }
    }
  }

  private void databases(List<Finding> findings, Content content, double writing)
      throws IOException {
    int self = User.id();
    int shown = 0;
    for (var path : content.inventory().databases()) {
      var header = DatabaseHeader.read(local.resolve(path));
      if (header.isEmpty()) {
        continue; // replaced since
      }
      var entry = Objects.requireNonNull(content.inventory().items().get(path)).entry();
      var name = PortableName.of(path);
      if (header.get().wal() && self != 0 && self != entry.uid()) {
        findings.add(
            Finding.problem(
                "databases",
                "%s, in WAL mode, belongs to user %d: it is not read, as that would lock its owner"
                        .formatted(name, entry.uid())
                    + " out",
                "run the agent as user " + entry.uid()));
      } else if (!header.get().wal()) {
        findings.add(ofRollback(path, name, entry.stamp().size(), writing));
      } else if (shown++ < MOST_DATABASES) {
        findings.add(
            Finding.ok(
                "databases",
                "%s, %s, WAL: writers are not held up"
                    .formatted(name, Amount.ofBytes(entry.stamp().size()))));
      }
    }
    if (shown > MOST_DATABASES) {
      findings.add(
          Finding.ok("databases", "and %d more like it".formatted(shown - MOST_DATABASES)));
    }
  }

  private Finding ofRollback(Path path, String name, long size, double writing) throws IOException {
    double seconds = (writing > 0 ? size / writing : 0) + size / bytesReadPerSecond(path);
    var text =
        "%s, %s, rollback journal: a snapshot holds writers up for about %s"
            .formatted(name, Amount.ofBytes(size), time(seconds));
    var remedy = "set a busy timeout of more than that in the application, or WAL mode";
    if (seconds >= LONG_HOLD) {
      return Finding.warning("databases", text, remedy + "; a longer --max-delay makes it rarer");
    }
    return seconds >= NOTABLE_HOLD
        ? Finding.note("databases", text, remedy)
        : Finding.ok("databases", text);
  }

  private static String time(double seconds) {
    return seconds < 1
        ? "%d ms".formatted((long) (seconds * 1000) + 1)
        : "%.1f s".formatted(seconds);
  }

  /** SQLite has it open in another process: POSIX locks of another process are not ours to lose. */
  private double bytesReadPerSecond(Path path) throws IOException {
    var buffer = ByteBuffer.allocate(1 << 20);
    long read = 0;
    long begun = System.nanoTime();
    try (var in = FileChannel.open(local.resolve(path), StandardOpenOption.READ)) {
      int n = 0;
      while (n >= 0 && read < READ_BYTES) {
        read += n;
        n = in.read(buffer.clear());
      }
    }
    return Math.max(1, read) / Math.max(1e-9, (System.nanoTime() - begun) / 1e9);
  }

  /** The kernel gives a number to the first read alone, and that of a file of size 0 is short. */
  private static long limit(String name) throws IOException {
    try (var file = Files.newBufferedReader(INOTIFY.resolve(name))) {
      return Long.parseLong(String.valueOf(file.readLine()).strip());
    }
  }

  private void inotify(List<Finding> findings, Content here, Optional<Content> there)
      throws IOException {
    long directories = // with the root
        1
            + Math.max(
                here.totals().directories(), there.map(c -> c.totals().directories()).orElse(0L));
    long most = limit("max_user_watches");
    var text = "directories: %d; fs.inotify.max_user_watches: %d".formatted(directories, most);
    var remedy = "raise it on the node; without watches changes are found by scanning alone";
    findings.add(
        directories >= most
            ? Finding.warning("inotify", text, remedy)
            : directories > most / 2
                ? Finding.note("inotify", text + ", for all processes of this user", remedy)
                : Finding.ok("inotify", text));
    try (var watch = TreeWatch.open(local, () -> {})) {
      watch.cover(local);
    } catch (IOException e) {
      findings.add(
          Finding.warning(
              "inotify",
              "cannot be used: %s; changes are found by scanning alone".formatted(e.getMessage()),
              "raise fs.inotify.max_user_instances on the node"));
    }
  }

  private void space(List<Finding> findings, Content here, Content there) throws IOException {
    long databases = Math.max(here.bytesOfDatabases(), there.bytesOfDatabases());
    room(findings, "state", existing(state), databases, "a copy of every database");
    long staged = here.bytesOfDatabases() + transfers * here.largestFile();
    boolean first = there.totals().databases() + there.totals().files() == 0;
    room(
        findings,
        "volume",
        volume,
        first ? here.totals().bytes() + staged : staged,
        first ? "all of local, and copies in staging" : "a second copy of every database");
    if (here.totals().bytes() == 0 && there.totals().bytes() > 0) {
      room(findings, "local", local, there.totals().bytes(), "all of the volume");
    }
  }

  private void room(
      List<Finding> findings, String subject, Path directory, long needed, String what)
      throws IOException {
    var store = Files.getFileStore(directory);
    long free = store.getUsableSpace();
    if (store.getTotalSpace() == 0) {
      findings.add(Finding.note("space", subject + " does not tell how much is free", ""));
      return;
    }
    var text =
        "%s has %s free; %s needed for %s"
            .formatted(subject, Amount.ofBytes(free), Amount.ofBytes(needed), what);
    findings.add(
        free < needed
            ? Finding.problem("space", text, "make room, or give a larger disk")
            : free < 2 * needed
                ? Finding.note("space", text, "little is left when the databases grow")
                : Finding.ok("space", text));
  }

  private void clocks(Instant there) {
    var apart = Duration.between(there, clock.instant()).abs();
    if (apart.compareTo(CLOCKS_AGREE) > 0) {
      findings.add(
          Finding.note(
              "clock",
              "the volume's and the node's are %s apart"
                  .formatted(Amount.of(apart.toSeconds(), "second")),
              "nothing depends on it but the times that people read; set them"));
    }
  }

  /** By what the kernel says of locks: to try the lock could turn an agent away that starts now. */
  private void runningAgent(List<Finding> findings) throws IOException {
    var file = StateDirectory.lockFile(state);
    if (!Files.exists(file)) {
      return;
    }
    var inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
    for (var line : Files.readAllLines(LOCKS)) {
      var fields = line.strip().split("\\s+", -1);
      if (line.contains(inode) && fields.length > 4) {
        findings.add(
            Finding.note(
                Report.AGENT_AT_WORK,
                "one is at work with this state (process %s)".formatted(fields[4]),
                ""));
        return;
      }
    }
  }

  private void lease(List<Finding> findings, Optional<Instant> now) throws IOException {
    var held = new LeaseView(new Volume(volume).own()).holder();
    if (held.isEmpty()) {
      findings.add(Finding.ok("lease", "nobody has worked on the volume yet"));
      return;
    }
    var holder = held.get();
    var who = holder.owner() + ", epoch " + holder.epoch();
    if (holder.released()) {
      findings.add(
          holder.flushed()
              ? Finding.ok("lease", "released by %s, with everything on the volume".formatted(who))
              : Finding.note(
                  "lease",
                  "released by %s, which does not say that everything is on the volume"
                      .formatted(who),
                  "its LOCAL may have more: start it there again"));
      return;
    }
    var id = StateDirectory.look(state).knownId();
    boolean ours = id.isPresent() && holder.owner().endsWith("/" + id.get());
    var silent =
        now.flatMap(n -> holder.heard().map(beat -> Duration.between(beat, n)))
            .filter(age -> !age.isNegative());
    boolean alive = silent.map(age -> age.compareTo(holder.duration()) < 0).orElse(false);
    var heard =
        silent
            .map(age -> "last heard of %s ago".formatted(shown(age)))
            .orElse("heard of at an unknown time");
    if (ours) {
      findings.add(Finding.ok("lease", "held with this state, by %s, %s".formatted(who, heard)));
    } else if (alive) {
      findings.add(
          Finding.note(
              "lease",
              "held by %s, %s".formatted(who, heard),
              "it is alive: an agent started here waits for it, and ends with exit code 9 if it"
                  + " goes on"));
    } else {
      findings.add(
          Finding.note(
              "lease",
              "not released by %s, %s".formatted(who, heard),
              "an agent started here takes over after %d s; what that one did not publish stays in"
                      .formatted(holder.duration().toSeconds())
                  + " its LOCAL"));
    }
  }

  private static String shown(Duration age) {
    if (age.toSeconds() < 120) {
      return Amount.of(age.toSeconds(), "second");
    }
    return age.toMinutes() < 120
        ? Amount.of(age.toMinutes(), "minute")
        : Amount.of(age.toHours(), "hour");
  }

  private void start(List<Finding> findings, Content there) throws IOException {
    var restorer =
        new Restorer(
            new RestoreSite(local, new Volume(volume), StateDirectory.look(state), filter, clock),
            new DatabaseCheck(DatabaseCheck.Level.NONE, Duration.ofMinutes(1)),
            transfers,
            new RestoreProgress(),
            () -> {
              throw new IllegalStateException("only for a look");
            });
    try {
      findings.add(
          switch (restorer.preview()) {
            case Decision.Nothing nothing ->
                Finding.ok("start", "both are empty: run would begin with that");
            case Decision.CopyAll copy ->
                Finding.ok("start", "run would copy the volume to local: " + there.totals());
            case Decision.CopyAgain copy ->
                Finding.note(
                    "start",
                    "run would replace local by the volume, which is newer: " + there.totals(),
                    "local has nothing that was not published");
            case Decision.Recover recover -> // not looked for here: it takes room in STATE
                Finding.note("start", "run would replace local by the volume, which is newer", "");
            case Decision.KeepLocal keep ->
                Finding.ok("start", "run would keep local: it is the same as the volume or newer");
            case Decision.Adopt adopt ->
                Finding.ok("start", "run would publish local to the volume, which has no data");
            case Decision.Refuse refuse ->
                Finding.problem("start", "run would refuse: " + refuse.why(), refuse.remedy());
          });
    } catch (RefusedException e) {
      var message = String.valueOf(e.getMessage());
      int end = message.indexOf("; ");
      findings.add(
          Finding.problem(
              "start",
              "run would refuse: " + (end < 0 ? message : message.substring(0, end)),
              end < 0 ? "" : message.substring(end + 2)));
    } catch (DamagedFileException e) {
      findings.add(
          Finding.warning(
              "start",
              "%s: run goes on if local is empty or the same as the volume, else refuses"
                  .formatted(e.getMessage()),
              "see 'Refused' in docs/operations.md"));
    }
  }
}
