package io.liteferry.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What a volume can look like after a crash at one moment.
 *
 * <p>Of few unsynced things every combination is made. Of many: everything lost, everything kept,
 * the changes up to each one, each one alone lost and alone kept, and a number drawn at random.
 */
final class CrashOutcomes {
  /** What can be left of a file's data. */
  private enum Data {
    OLD,
    NEW,
    TORN,
    CUT
  }

  /** One thing that was not synced, and how many ways it can end. */
  private sealed interface Choice {
    int ways();

    record OfChange(int index) implements Choice {
      @Override
      public int ways() {
        return 2;
      }
    }

    record OfData(Inode inode) implements Choice {
      @Override
      public int ways() {
        return Data.values().length;
      }
    }

    record OfAttributes(Inode inode) implements Choice {
      @Override
      public int ways() {
        return 2;
      }
    }
  }

  private final ModelServer server;
  private final Random random;
  private final List<Choice> choices = new ArrayList<>();

  private CrashOutcomes(ModelServer server, Random random) {
    this.server = server;
    this.random = random;
    for (int i = 0; i < server.pending().size(); i++) {
      choices.add(new Choice.OfChange(i));
    }
    for (var inode : server.unsynced()) {
      if (inode.hasUnsyncedData()) {
        choices.add(new Choice.OfData(inode));
      }
      if (inode.hasUnsyncedAttributes()) {
        choices.add(new Choice.OfAttributes(inode));
      }
    }
  }

  /**
   * The outcomes of a crash now, without repetitions of the same choice.
   *
   * @param exhaustive up to how many combinations all of them are made
   * @param drawn how many are drawn at random when there are more
   */
  static List<ModelServer> of(ModelServer server, int exhaustive, int drawn, Random random) {
    return new CrashOutcomes(server, random).outcomes(exhaustive, drawn);
  }

  private List<ModelServer> outcomes(int exhaustive, int drawn) {
    long combinations = 1;
    for (var choice : choices) {
      combinations = Math.min(combinations * choice.ways(), Integer.MAX_VALUE);
    }
    var vectors = combinations <= exhaustive ? all((int) combinations) : some(drawn);
    var seen = new HashSet<List<Object>>();
    var outcomes = new ArrayList<ModelServer>();
    for (var vector : vectors) {
      var changes = new BitSet();
      Map<Long, Inode.State> states = new HashMap<>();
      for (int i = 0; i < vector.length; i++) {
        switch (choices.get(i)) {
          case Choice.OfChange change -> changes.set(change.index(), vector[i] > 0);
          case Choice.OfData data ->
              states.merge(
                  data.inode().number,
                  new Inode.State(
                      left(data.inode(), Data.values()[vector[i]]),
                      data.inode().durable.attributes()),
                  (a, b) -> new Inode.State(b.data(), a.attributes()));
          case Choice.OfAttributes attributes -> {
            var inode = attributes.inode();
            var before = states.getOrDefault(inode.number, inode.durable);
            var kept = vector[i] > 0 ? inode.now : inode.durable;
            states.put(inode.number, new Inode.State(before.data(), kept.attributes()));
          }
        }
      }
      var all = server.withWhatTheyNeed(changes);
      if (seen.add(List.of(all, Arrays.hashCode(dataAndAttributes(vector))))) {
        outcomes.add(server.crashed(all, states));
      }
    }
    return outcomes;
  }

  private int[] dataAndAttributes(int[] vector) {
    var part = vector.clone();
    for (int i = 0; i < part.length; i++) {
      if (choices.get(i) instanceof Choice.OfChange) {
        part[i] = 0;
      }
    }
    return part;
  }

  private List<int[]> all(int combinations) {
    var vectors = new ArrayList<int[]>();
    for (int number = 0; number < combinations; number++) {
      var vector = new int[choices.size()];
      int left = number;
      for (int i = 0; i < vector.length; i++) {
        vector[i] = left % choices.get(i).ways();
        left /= choices.get(i).ways();
      }
      vectors.add(vector);
    }
    return vectors;
  }

  private List<int[]> some(int drawn) {
    var vectors = new ArrayList<int[]>();
    int size = choices.size();
    for (int i = 0; i <= size; i++) {
      var upTo = new int[size];
      Arrays.fill(upTo, 0, i, 1);
      vectors.add(upTo);
    }
    for (int i = 0; i < size; i++) {
      for (int way = 0; way < choices.get(i).ways(); way++) {
        var alone = new int[size];
        alone[i] = way;
        vectors.add(alone);
        var without = new int[size];
        Arrays.fill(without, 1);
        without[i] = way;
        vectors.add(without);
      }
    }
    for (int n = 0; n < drawn; n++) {
      var vector = new int[size];
      for (int i = 0; i < size; i++) {
        vector[i] = random.nextInt(choices.get(i).ways());
      }
      vectors.add(vector);
    }
    return vectors;
  }

  private byte[] left(Inode inode, Data way) {
    var old = inode.durable.data();
    var fresh = inode.now.data();
    return switch (way) {
      case OLD -> old;
      case NEW -> fresh;
      case CUT -> Arrays.copyOf(fresh, fresh.length / 2);
      case TORN -> {
        var torn = Arrays.copyOf(old, fresh.length); // zeros where nothing was
        for (int at = 0; at < torn.length; at += ModelServer.BLOCK) {
          if (random.nextBoolean()) {
            System.arraycopy(fresh, at, torn, at, Math.min(ModelServer.BLOCK, torn.length - at));
          }
        }
        yield torn;
      }
    };
  }
}
