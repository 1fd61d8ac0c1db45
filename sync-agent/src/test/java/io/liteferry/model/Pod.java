package io.liteferry.model;

import io.liteferry.durable.Digest;
import io.liteferry.fixture.Site;
import io.liteferry.fixture.TestClock;
import io.liteferry.fixture.Ticks;
import io.liteferry.lease.Lease;
import io.liteferry.lease.LeaseClock;
import io.liteferry.lease.LeaseSettings;
import io.liteferry.publish.DirectUse;
import io.liteferry.publish.FormSettings;
import io.liteferry.publish.LonePass;
import io.liteferry.publish.Notices;
import io.liteferry.publish.PassReport;
import io.liteferry.publish.PassSettings;
import io.liteferry.publish.PublishContext;
import io.liteferry.publish.Publisher;
import io.liteferry.publish.Timings;
import io.liteferry.restore.RestoreProgress;
import io.liteferry.restore.RestoreSite;
import io.liteferry.restore.Restorer;
import io.liteferry.restore.Rollback;
import io.liteferry.scan.PathFilter;
import io.liteferry.scan.Tree;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.state.StateDirectory;
import io.liteferry.volume.HistoryKeeper;
import io.liteferry.volume.HistoryOrder;
import io.liteferry.volume.HistoryStatus;
import io.liteferry.volume.KeepSettings;
import io.liteferry.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * One agent: local and state on a real disk, the volume through a client of the model. The only
 * place where the tests of this package put the product's parts together.
 *
 * <p>Transfers run one at a time, so that the requests of two runs are the same.
 */
final class Pod implements AutoCloseable {
  final Path local;
  final Path state;
  final ModelFileSystem client;

  private final TestClock clock = new TestClock();
  private PassSettings settings = settings(KeepSettings.DEFAULT, FormSettings.WHOLE);

  private final LeaseClock leaseClock;

  /** How many passes may find something to do when local stands still. */
  private static final int MOST_PASSES = 4;

  private final Set<String> reported = new TreeSet<>();
  private StateDirectory held;
  private Lease lease;
  private PublishContext context;
  private Publisher publisher;
  private boolean publishedAll;

  /** Time passes only where somebody waits, and no heartbeat is sent. */
  private static final class Waiting extends Ticks {
    @Override
    public Runnable every(long nanos, Runnable action) {
      return () -> {};
    }
  }

  /** Of somebody who is alone. */
  static LeaseClock alone() {
    return new Waiting();
  }

  static final Duration LEASE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofHours(1);

  /** An agent that is alone and has not done anything yet. */
  Pod(Path local, Path state, ModelFileSystem client) {
    this(local, state, client, new Waiting());
  }

  /**
   * An agent that has not done anything yet.
   *
   * @param local exists
   * @param state may exist
   */
  Pod(Path local, Path state, ModelFileSystem client, LeaseClock leaseClock) {
    this.leaseClock = leaseClock;
    this.local = local;
    this.state = state;
    this.client = client;
    clock.letAnHourPass();
  }

  private static PassSettings settings(KeepSettings keep, FormSettings form) {
    return new PassSettings(
        new DatabaseCheck(DatabaseCheck.Level.QUICK, Duration.ofMinutes(1)),
        PathFilter.ALL,
        Duration.ZERO,
        1,
        Duration.ZERO,
        keep,
        form);
  }

  /** What it keeps, from the beginning on. */
  Pod keeping(KeepSettings keep) {
    settings = settings(keep, settings.form());
    return this;
  }

  /** In which form it publishes databases, from the beginning on. */
  Pod publishing(FormSettings form) {
    settings = settings(settings.keep(), form);
    return this;
  }

  /** Lets go what need not be kept, as if hours had passed; between slices there are passes. */
  void thin() throws IOException, InterruptedException {
    for (long hours = 0; hours < 4; hours++) {
      while (publisher.thin(TimeUnit.HOURS.toNanos(hours))) {
        pass();
      }
    }
  }

  /** What thinning last found. */
  HistoryStatus history() throws IOException, InterruptedException {
    return context().history().status().orElseThrow();
  }

  /** What a user wants of the history, between passes. */
  HistoryKeeper.Done order(HistoryOrder order) throws IOException {
    return publisher.carryOut(order).orElseThrow();
  }

  private Volume volume() {
    return new Volume(client.root());
  }

  /** A copy of a database on the volume, as it is folded together before it is published. */
  Digest fold(Path database) throws IOException {
    var copy = DirectUse.foldedCopy(volume(), held(), database);
    try {
      return Digest.of(copy);
    } finally {
      Files.delete(copy);
    }
  }

  private StateDirectory held() throws IOException {
    if (held == null) {
      held = StateDirectory.open(state, local);
    }
    return held;
  }

  private Restorer restorer() throws IOException {
    return new Restorer(
        new RestoreSite(local, volume(), held(), settings.filter(), clock),
        settings.check(),
        settings.transfers(),
        new RestoreProgress(),
        this::lease);
  }

  /** The lease, held until the agent ends. */
  Lease lease() throws IOException, InterruptedException {
    if (lease == null) {
      lease =
          Lease.acquire(
              volume().own(), new LeaseSettings(held().ownId(), LEASE, PATIENCE), leaseClock);
    }
    return lease;
  }

  private PublishContext context() throws IOException, InterruptedException {
    if (context == null) {
      context =
          new PublishContext(
              new io.liteferry.publish.Site(local, volume(), held()),
              lease(),
              settings,
              new PublishContext.Listeners(
                  new Notices(), Tree.BeforeListing.NOTHING, Timings.NOBODY),
              clock);
    }
    return context;
  }

  /** What {@code restore} does. */
  void restore() throws IOException, InterruptedException {
    restorer().restore();
  }

  /** What {@code run} does where a rollback may have been cut off. */
  void start() throws IOException, InterruptedException {
    start(Rollback.Scope.ANY_LOCAL);
  }

  /** What {@code restore} does there. */
  void init() throws IOException, InterruptedException {
    start(Rollback.Scope.OWN_LOCAL);
  }

  private void start(Rollback.Scope scope) throws IOException, InterruptedException {
    rollback().finish(scope);
    restore();
  }

  /** What {@code rollback} does, to a point by its number. */
  void rollback(long point) throws IOException, InterruptedException {
    rollback()
        .back(
            history -> history.timeline().point(point).orElseThrow(),
            "by hand",
            Rollback.Scope.ANY_LOCAL);
    publishedAll = true;
  }

  private Rollback rollback() throws IOException {
    return new Rollback(
        new RestoreSite(local, volume(), held(), settings.filter(), clock), settings, this::lease);
  }

  /** What {@code sync} and {@code watch} begin with. */
  void requireReady() throws IOException, InterruptedException {
    restorer().requireReady();
  }

  /**
   * One pass, of the same publisher as the last one unless that failed, as {@code watch} makes it.
   */
  PassReport pass() throws IOException, InterruptedException {
    if (publisher == null) {
      publisher = Publisher.open(context());
    }
    boolean done = false;
    try {
      publishedAll = false;
      var report = publisher.pass();
      done = true;
      publishedAll = report.isComplete();
      report.problems().keySet().forEach(path -> reported.add(path.toString()));
      return report;
    } finally {
      if (!done && !client.isDead()) {
        publisher.close();
        publisher = null;
      }
    }
  }

  /** What {@code sync} makes. */
  PassReport lonePass() throws IOException, InterruptedException {
    publisher = Publisher.open(context());
    return new LonePass(publisher, report -> {}).make(Publisher.Purpose.STOP);
  }

  /**
   * Passes until nothing differs, as {@code watch} makes them: what a directory has to make way for
   * needs a second one.
   *
   * @return whether everything that local has is published
   */
  boolean publishAll() throws IOException, InterruptedException {
    for (int i = 0; i < MOST_PASSES; i++) {
      var report = pass();
      if (!report.changedVolume()) {
        return report.isComplete();
      }
    }
    return false;
  }

  /** The names of which any pass reported that they could not be published. */
  Set<String> reported() {
    return reported;
  }

  /** Keeps the index, as {@code watch} does when it is idle. */
  void saveIndex() throws IOException {
    publisher.saveIndex();
  }

  /** The agent ends in order. */
  void stop() throws IOException {
    if (publisher != null) {
      publisher.close();
      publisher = null;
    }
    if (lease != null) {
      lease.release(publishedAll);
    }
    release();
  }

  /** The process is gone. What it held is free, as the kernel sees to it. */
  void die() throws IOException {
    client.kill();
    if (lease != null) {
      lease.close();
    }
    publisher = null;
    release();
  }

  private void release() throws IOException {
    lease = null;
    context = null;
    if (held != null) {
      held.close();
      held = null;
    }
  }

  @Override
  public void close() throws IOException {
    if (held != null) {
      die();
    }
  }

  /** What state would be after the process died now: its files by name, without snapshots. */
  static SortedMap<String, byte[]> stateFiles(Path state) throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    if (Files.isDirectory(state)) {
      try (var names = Files.newDirectoryStream(state)) {
        for (var file : names) {
          if (Files.isRegularFile(file)) {
            files.put(file.getFileName().toString(), Files.readAllBytes(file));
          }
        }
      }
    }
    return files;
  }

  /** Makes state what it was. */
  static void putState(Path state, SortedMap<String, byte[]> files) throws IOException {
    Site.deleteContent(state);
    Files.createDirectories(state);
    for (var file : files.entrySet()) {
      Files.write(state.resolve(file.getKey()), file.getValue());
    }
  }
}
