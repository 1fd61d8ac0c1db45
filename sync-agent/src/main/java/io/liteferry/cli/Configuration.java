package io.liteferry.cli;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Options, LOCAL and VOLUME from the environment and from a file. What is given there and is
 * nothing of any command is an error: a setting that is silently ignored is how backups come to
 * miss files.
 */
final class Configuration implements IDefaultValueProvider {
  static final String PREFIX = "LITEFERRY_";

  /** Between the directories of one parameter: no name of a file has it. */
  static final String BETWEEN_DIRECTORIES = "\0";

  private static final String CONFIG = "--config";
  private static final Pattern DIRECTORY = Pattern.compile("LOCAL|VOLUME");

  /**
   * What Kubernetes puts into the environment of every pod beside a Service named {@code liteferry}
   * or {@code liteferry-…}: not meant for us.
   */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "LITEFERRY_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_(TCP|UDP|SCTP)(_.*)?)?)");

  private final Map<String, String> environment;
  private final Map<String, String> file;

  private Configuration(Map<String, String> environment, Map<String, String> file) {
    this.environment = environment;
    this.file = file;
  }

  /**
   * Reads both.
   *
   * @param arguments of the command line, for {@code --config}
   * @throws ConfigurationException naming what is unknown
   */
  static Configuration read(
      CommandLine commandLine, List<String> arguments, Map<String, String> environment) {
    var options =
        CommandTree.of(commandLine.getCommandSpec()).values().stream()
            .flatMap(command -> command.options().stream())
            .filter(option -> !option.usageHelp() && !option.versionHelp())
            .map(OptionSpec::longestName)
            .collect(Collectors.toCollection(TreeSet::new));
    options.addAll(List.of("--local", "--volume"));
    var variables = new TreeMap<>(environment);
    variables
        .keySet()
        .removeIf(name -> !name.startsWith(PREFIX) || SERVICE_LINK.matcher(name).matches());
    var variableNames = options.stream().map(Configuration::variable).toList();
    for (var name : variables.keySet()) {
      if (!variableNames.contains(name)) {
        throw new ConfigurationException(
            commandLine, "Unknown variable: '%s'%s".formatted(name, remedy(name, variableNames)));
      }
    }
    var path = configFile(arguments, variables);
    if (path == null) {
      return new Configuration(variables, Map.of());
    }
    var file = readFile(commandLine, Path.of(path));
    options.remove(CONFIG);
    var keys = options.stream().map(Configuration::key).toList();
    for (var name : file.keySet()) {
      if (!keys.contains(name)) {
        throw new ConfigurationException(
            commandLine,
            "%s: unknown name '%s'%s"
                .formatted(place(Path.of(path), name), name, remedy(name, keys)));
      }
    }
    return new Configuration(variables, file);
  }

  /** What is wrong outside of the command line; says itself where, and what to do. */
  static final class ConfigurationException extends ParameterException {
    @Serial private static final long serialVersionUID = 1;

    ConfigurationException(CommandLine commandLine, String message) {
      super(commandLine, message);
    }
  }

  /** The variable of an option: {@code LITEFERRY_MAX_DELAY} for {@code --max-delay}. */
  static String variable(String option) {
    return PREFIX + key(option).replace('-', '_').toUpperCase(Locale.ROOT);
  }

  private static String key(String option) {
    return option.substring("--".length());
  }

  private static String remedy(String name, Collection<String> known) {
    var similar = similar(name, known);
    return similar.isEmpty()
        ? ": the names are those of the options, see 'liteferry run --help'"
        : "; did you mean " + similar + "?";
  }

  /** The file, with the line where the name is given first, when that is plain to see. */
  private static String place(Path file, String name) {
    try {
      int number = 0;
      for (var line : Files.readAllLines(file)) {
        number++;
        var text = line.strip();
        var after = text.startsWith(name) ? text.substring(name.length()) : "";
        if (text.equals(name) || (!after.isEmpty() && "=: \t".indexOf(after.charAt(0)) >= 0)) {
          return file + ", line " + number;
        }
      }
    } catch (IOException e) {
      // it was read a moment ago; its name alone will do
    }
    return file.toString();
  }

  /** Asks picocli, which suggests for unknown options, by making these names options. */
  private static String similar(String name, Collection<String> known) {
    var spec = CommandSpec.create();
    var byOption = new HashMap<String, String>();
    for (var candidate : known) {
      // without what all variables begin with, which would make them all similar
      var option = "--" + candidate.replace(PREFIX, "");
      byOption.put(option, candidate);
      spec.addOption(OptionSpec.builder(option).type(String.class).build());
    }
    var asked = List.of("--" + name.replace(PREFIX, ""));
    var suggestions = new UnmatchedArgumentException(new CommandLine(spec), asked).getSuggestions();
    return suggestions.isEmpty() ? "" : byOption.getOrDefault(suggestions.getFirst(), "");
  }

  private static @Nullable String configFile(
      List<String> arguments, Map<String, String> variables) {
    for (int i = 0; i < arguments.size(); i++) {
      var argument = arguments.get(i);
      if (argument.equals(CONFIG) && i + 1 < arguments.size()) {
        return arguments.get(i + 1);
      }
      if (argument.startsWith(CONFIG + "=")) {
        return argument.substring(CONFIG.length() + 1);
      }
    }
    return variables.get(variable(CONFIG));
  }

  private static Map<String, String> readFile(CommandLine commandLine, Path path) {
    var seen = new ArrayList<String>();
    var properties =
        new Properties() {
          @Override
          public synchronized @Nullable Object put(Object key, Object value) {
            if (containsKey(key)) {
              seen.add(String.valueOf(key));
            }
            return super.put(key, value);
          }
        };
    try (var reader = Files.newBufferedReader(path)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigurationException(
          commandLine, "Configuration file %s cannot be read: %s".formatted(path, reason(e)));
    }
    if (!seen.isEmpty()) {
      throw new ConfigurationException(
          commandLine, "%s: '%s' is given twice".formatted(path, seen.getFirst()));
    }
    var values = new TreeMap<String, String>();
    properties.stringPropertyNames().forEach(k -> values.put(k, properties.getProperty(k).strip()));
    return values;
  }

  private static String reason(Exception e) {
    return e instanceof java.nio.file.NoSuchFileException
        ? "no such file"
        : String.valueOf(e.getMessage());
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    return switch (argument) {
      case PositionalParamSpec directories -> directories(directories.paramLabel());
      case OptionSpec option when !option.usageHelp() && !option.versionHelp() ->
          value(option.longestName());
      default -> null;
    };
  }

  /** Those that the label names; null when the last of them is not given, or none is named. */
  private @Nullable String directories(String label) {
    String all = null;
    for (var name = DIRECTORY.matcher(label); name.find(); ) {
      var value = value("--" + name.group().toLowerCase(Locale.ROOT));
      var before = all == null ? "" : all + BETWEEN_DIRECTORIES;
      all = value == null ? null : before + value;
    }
    return all;
  }

  private @Nullable String value(String option) {
    var value = environment.get(variable(option));
    return value != null ? value : file.get(key(option));
  }
}
