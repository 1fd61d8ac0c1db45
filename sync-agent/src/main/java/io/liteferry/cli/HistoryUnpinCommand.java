package io.liteferry.cli;

import io.liteferry.volume.HistoryOrder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A point need not stay any more. */
@Command(name = "unpin", description = "Take the pin of a point away.")
final class HistoryUnpinCommand extends HistoryOrderCommand {
  @Parameters(index = "1", paramLabel = "POINT", description = POINT)
  String point = "";

  @Override
  public Integer call() throws Exception {
    var history = history();
    var found = point(history, point);
    if (carryOut(history, new HistoryOrder.Unpin(found.generation())).isEmpty()) {
      return ExitCode.INCOMPLETE.code;
    }
    print("point %s is no longer pinned".formatted(named(found)));
    return ExitCode.OK.code;
  }
}
