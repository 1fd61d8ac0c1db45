package io.liteferry.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.UnmatchedArgumentException;

/** What to say of arguments that a command has no use for. */
final class Unmatched {
  private Unmatched() {}

  static String message(UnmatchedArgumentException e) {
    var spec = e.getCommandLine().getCommandSpec();
    var arguments = e.getUnmatched();
    for (var argument : arguments) {
      if (argument.startsWith("-")) {
        return ofOption(argument.replaceFirst("=.*", ""), spec, e);
      }
    }
    if (spec.parent() == null && !arguments.isEmpty()) {
      return "Unknown command: '%s'%s".formatted(arguments.getFirst(), ofCommands(spec, e));
    }
    var wanted = new ArrayList<String>();
    for (var parameter : spec.positionalParameters()) {
      wanted.add(parameter.paramLabel());
    }
    return "Too many arguments: '%s'; '%s' takes %s"
        .formatted(String.join("', '", arguments), spec.qualifiedName(), String.join(" ", wanted));
  }

  private static String ofOption(String option, CommandSpec spec, UnmatchedArgumentException e) {
    var others = new ArrayList<String>();
    CommandTree.of(spec.root())
        .forEach(
            (name, command) -> {
              if (command.findOption(option) != null) {
                others.add(name);
              }
            });
    if (others.isEmpty()) {
      return "Unknown option: '%s'%s".formatted(option, suggestion(e));
    }
    return spec.parent() == null
        ? "'%s' is an option of %s: give it after the command".formatted(option, list(others))
        : "'%s' is not an option of %s, but of %s"
            .formatted(option, CommandTree.name(spec), list(others));
  }

  private static String ofCommands(CommandSpec spec, UnmatchedArgumentException e) {
    var suggestion = suggestion(e);
    return suggestion.isEmpty()
        ? "; there are " + list(new ArrayList<>(spec.subcommands().keySet()))
        : suggestion;
  }

  private static String suggestion(UnmatchedArgumentException e) {
    var similar = e.getSuggestions();
    return similar.stream()
        .max(Comparator.comparingInt(name -> beginningInCommon(name, e.getUnmatched().getFirst())))
        .map("; did you mean %s?"::formatted)
        .orElse("");
  }

  /** picocli takes {@code --listen} and {@code --linger} for as near to {@code --liste}. */
  private static int beginningInCommon(String name, String other) {
    int end = 0;
    while (end < Math.min(name.length(), other.length()) && name.charAt(end) == other.charAt(end)) {
      end++;
    }
    return end;
  }

  private static String list(List<String> names) {
    var last = names.getLast();
    return names.size() == 1
        ? last
        : String.join(", ", names.subList(0, names.size() - 1)) + " and " + last;
  }
}
