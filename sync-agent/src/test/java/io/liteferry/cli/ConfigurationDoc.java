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

        An option is given on the command line (`--max-delay 5s`), as a variable (`LITEFERRY_MAX_DELAY=5s`), or in
        the file that `--config` names (`max-delay = 5s`). The command line wins over the variable, and that over
        the file. So may LOCAL and VOLUME be given (`LITEFERRY_LOCAL`, `volume = …`), where the command line
        leaves them out. What no command knows is an error; what another command knows is ignored. What Kubernetes
        sets for a Service named `liteferry` (`LITEFERRY_SERVICE_HOST` and the like) is not taken for an option.

        A duration is a whole number and a unit: `250ms`, `2s`, `5m`, `1h`. One variable or line takes several
        values with commas between. The [guide](guide.md#choosing-durations) says how to choose durations and write
        globs, [operations](operations.md#exit-codes) has the exit codes.

        ## Commands
        """
            .formatted(REGENERATE));
    table(text, List.of("Command", "Does"), commandRows());
    text.append("\n## Options\n");
    table(text, List.of("Option", "Default", "Commands", "Meaning"), optionRows());
    return text.toString();
  }

  private List<List<String>> commandRows() {
    var rows = new ArrayList<List<String>>();
    commands.forEach(
        (name, spec) ->
            rows.add(
                List.of(
                    code(name + arguments(spec)),
                    String.join(" ", spec.usageMessage().description()))));
    return rows;
  }

  private static String arguments(CommandSpec spec) {
    return spec.positionalParameters().stream()
        .map(p -> " " + p.paramLabel())
        .collect(Collectors.joining());
  }

  private List<List<String>> optionRows() {
    var users = new LinkedHashMap<Row, List<String>>();
    commands.forEach(
        (name, spec) ->
            spec.options().stream()
                .filter(option -> !option.hidden())
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .forEach(
                    option ->
                        users.computeIfAbsent(row(option), k -> new ArrayList<>()).add(name)));
    var rows = new ArrayList<List<String>>();
    users.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(java.util.Comparator.comparing(Row::option)))
        .forEach(
            entry -> {
              var row = entry.getKey();
              rows.add(
                  List.of(
                      code(row.option()),
                      row.initially().isEmpty() ? "" : code(row.initially()),
                      list(entry.getValue()),
                      row.meaning()));
            });
    return rows;
  }

  private static Row row(OptionSpec option) {
    var name = option.longestName();
    boolean flag = option.arity().max() == 0;
    return new Row(
        flag ? name : name + " " + option.paramLabel(),
        option.defaultValue() == null ? "" : option.defaultValue(),
        meaning(option));
  }

  /** The description, without the default, which has a column of its own. */
  private static String meaning(OptionSpec option) {
    var text = String.join(" ", option.description());
    return text.replace(" Default: " + option.defaultValue() + ".", "");
  }

  private String list(List<String> names) {
    return names.size() == commands.size()
        ? "all"
        : grouped(names).stream().map(ConfigurationDoc::code).collect(Collectors.joining(", "));
  }

  /** {@code history pin|unpin} for two commands of one. */
  private static List<String> grouped(List<String> names) {
    var byParent = new LinkedHashMap<String, String>();
    for (var name : names) {
      int parent = name.indexOf(' ') + 1;
      byParent.merge(
          parent == 0 ? name : name.substring(0, parent),
          name,
          (all, next) -> all + "|" + next.substring(parent));
    }
    return List.copyOf(byParent.values());
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static void table(StringBuilder text, List<String> heading, List<List<String>> rows) {
    text.append('\n');
    line(text, heading);
    line(text, heading.stream().map(h -> "---").toList());
    rows.forEach(row -> line(text, row));
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append(
        cells.stream()
            .map(cell -> cell.replace("|", "\\|"))
            .collect(Collectors.joining(" | ", "| ", " |\n")));
  }
}
