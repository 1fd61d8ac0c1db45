package io.liteferry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.liteferry.volume.HistoryOrder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A point is to stay. */
@Command(name = "pin", description = "Keep a point until it is unpinned.")
final class HistoryPinCommand extends HistoryOrderCommand {
  @Parameters(index = "1", paramLabel = "POINT", description = POINT)
  String point = "";

  @Option(names = "--note", paramLabel = "TEXT", description = "Why; 1000 bytes at most.")
  String note = "";

  @Override
  public Integer call() throws Exception {
    if (note.getBytes(UTF_8).length > HistoryOrder.MOST_BYTES_OF_A_NOTE) {
      throw misused("--note is longer than %d bytes".formatted(HistoryOrder.MOST_BYTES_OF_A_NOTE));
    }
    var history = history();
    var found = point(history, point);
    if (carryOut(history, new HistoryOrder.Pin(found.generation(), note)).isEmpty()) {
      return ExitCode.INCOMPLETE.code;
    }
    print("point %s is pinned: it stays until it is unpinned".formatted(named(found)));
    return ExitCode.OK.code;
  }
}
