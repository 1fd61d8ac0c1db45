package io.liteferry.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command. */
final class CommonOptions {
  /** How log lines look. */
  enum LogFormat {
    text,
    json
  }

  /** Which log lines appear. */
  enum LogLevel {
    error,
    warn,
    info,
    debug
  }

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Read options from this file: lines of 'name = value', without the dashes.")
  @Nullable Path config;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "Log to standard error as ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  LogFormat logFormat = LogFormat.text;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description = "Log ${COMPLETION-CANDIDATES} and above. Default: ${DEFAULT-VALUE}.")
  LogLevel logLevel = LogLevel.info;
}
