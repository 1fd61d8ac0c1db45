package io.liteferry.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands, also those of commands. */
final class CommandTree {
  private CommandTree() {}

  /** All below the root, by what is written after {@code liteferry}, as {@code history pin}. */
  static Map<String, CommandSpec> of(CommandSpec root) {
    var found = new LinkedHashMap<String, CommandSpec>();
    add("", root, found);
    return found;
  }

  private static void add(String prefix, CommandSpec spec, Map<String, CommandSpec> found) {
    spec.subcommands()
        .forEach(
            (name, command) -> {
              found.put(prefix + name, command.getCommandSpec());
              add(prefix + name + " ", command.getCommandSpec(), found);
            });
  }

  /** The name of one. */
  static String name(CommandSpec spec) {
    return spec.qualifiedName().substring(spec.root().name().length()).strip();
  }
}
