package io.liteferry.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes {@code docs/configuration.md} from the command line's own model. */
final class ConfigurationDoc {
  static final String REGENERATE =
      "./mvnw test -pl sync-agent -Dtest=ConfigurationDocTest -Dliteferry.docs=write";

  private final Map<String, CommandSpec> commands = new LinkedHashMap<>();

  ConfigurationDoc(CommandLine root) {
    CommandTree.of(root.getCommandSpec())
        .forEach(
            (name, command) -> {
              if (!(command.userObject() instanceof HelpCommand)) {
                commands.put(name, command);
              }
            });
  }

  /** One option as one or several commands have it. */
  private record Row(String option, String initially, String meaning) {}

  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append(
        """
        # Configuration

        <!-- Generated from the command line's model. To write it anew:
             %s -->

        `liteferry COMMAND ARGUMENTS [OPTIONS]`

        An option is given on the command line (`--max-delay 5s`), else as a variable (`LITEFERRY_MAX_DELAY=5s`),
        else in the file that `--config` names (`max-delay = 5s`); LOCAL and VOLUME, too (`LITEFERRY_LOCAL`,
        `volume = …`). What no command knows is an error; what another command knows, or Kubernetes sets for a Service
        named `liteferry` (`LITEFERRY_SERVICE_HOST` and the like), is ignored.

        A duration is a whole number and a unit: `250ms`, `2s`, `5m`, `1h`. GLOB and `--only` may be repeated; one
        variable or line takes several, with commas between. [Durations and globs](guide.md#choosing-durations),
        [exit codes](operations.md#exit-codes).

        ## Commands
        """
            .formatted(REGENERATE));
    text.append('\n');
    commands.forEach(
        (name, spec) ->
            text.append(
                "- %s: %s\n"
                    .formatted(
                        code(name + arguments(spec)),
                        String.join(" ", spec.usageMessage().description()))));
    text.append(
        """

        Status, verify, history, diff, rehearse and doctor change nothing on VOLUME.

        ## Options

        Each with its default, if it has one, and its commands.

        """);
    options(text);
    return text.toString();
  }

  private static String arguments(CommandSpec spec) {
    return spec.positionalParameters().stream()
        .map(p -> " " + p.paramLabel())
        .collect(Collectors.joining());
  }

  private void options(StringBuilder text) {
    var users = new LinkedHashMap<Row, List<String>>();
    commands.forEach(
        (name, spec) ->
            spec.options().stream()
                .filter(option -> !option.hidden())
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .forEach(
                    option ->
                        users.computeIfAbsent(row(option), k -> new ArrayList<>()).add(name)));
    users.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(java.util.Comparator.comparing(Row::option)))
        .forEach(
            entry -> {
              var row = entry.getKey();
              text.append("- ").append(code(row.option()));
              if (!row.initially().isEmpty()) {
                text.append(", ").append(code(row.initially()));
              }
              text.append(" (%s): %s\n".formatted(list(entry.getValue()), row.meaning()));
            });
  }

  private static Row row(OptionSpec option) {
    var name = option.longestName();
    boolean flag = option.arity().max() == 0;
    return new Row(
        flag ? name : name + " " + option.paramLabel(),
        option.defaultValue() == null ? "" : option.defaultValue(),
        meaning(option));
  }

  /** The description, without what the page says elsewhere. */
  private static String meaning(OptionSpec option) {
    var text = String.join(" ", option.description());
    return text.replace(" Default: " + option.defaultValue() + ".", "")
        .replace(" May be repeated.", "");
  }

  /** As a synopsis has them: {@code history pin|unpin} for two commands of one. */
  private String list(List<String> names) {
    if (names.size() == commands.size()) {
      return "all";
    }
    var byParent = new LinkedHashMap<String, String>();
    for (var name : names) {
      int parent = name.indexOf(' ') + 1;
      byParent.merge(
          name.substring(0, parent), name, (all, next) -> all + "|" + next.substring(parent));
    }
    return byParent.values().stream().map(ConfigurationDoc::code).collect(Collectors.joining(", "));
  }

  private static String code(String text) {
    return "`" + text + "`";
  }
}
