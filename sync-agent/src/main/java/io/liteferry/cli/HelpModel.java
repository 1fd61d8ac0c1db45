package io.liteferry.cli;

import java.util.LinkedHashMap;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;

/** Gives every command the same help: its options, the exit codes, the version. */
final class HelpModel implements IModelTransformer {
  private static final int WIDTH = 100;

  @Override
  public CommandSpec transform(CommandSpec spec) {
    apply(spec);
    CommandTree.of(spec).values().forEach(HelpModel::apply);
    return spec;
  }

  private static void apply(CommandSpec spec) {
    if (spec.helpCommand()) {
      return;
    }
    spec.mixinStandardHelpOptions(true);
    spec.versionProvider(new Version());
    var codes = new LinkedHashMap<String, String>();
    for (var code : ExitCode.values()) {
      codes.put(Integer.toString(code.code), code.meaning);
    }
    spec.usageMessage()
        .sortOptions(false)
        .sortSynopsis(false)
        .abbreviateSynopsis(true)
        .width(WIDTH)
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(codes);
  }
}
