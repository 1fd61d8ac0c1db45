package io.liteferry.cli;

import io.liteferry.publish.FormSettings;
import java.time.Duration;
import picocli.CommandLine.Option;

/** In which form databases are published. */
final class FormOptions {
  /** In which form databases are published. */
  enum Form {
    auto,
    whole
  }

  @Option(
      names = "--publish",
      paramLabel = "FORM",
      defaultValue = "whole",
      description =
          "whole: replace the volume's file of a database that changed. auto: from 1 MiB on, add"
              + " what changed to .liteferry/pages where that is less; the file is then behind for"
              + " a while. Default: ${DEFAULT-VALUE}.")
  Form publish = Form.whole;

  @Option(
      names = "--fold-after",
      paramLabel = "DURATION",
      defaultValue = "10m",
      converter = Converters.Durations.class,
      description =
          "With --publish auto, bring a file that is behind up to date after this long, but after"
              + " a second for each megabyte at least; a stop does, too. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration foldAfter = Duration.ofMinutes(10);

  /** As passes take it. */
  FormSettings settings() {
    return publish == Form.auto ? FormSettings.auto(foldAfter) : FormSettings.WHOLE;
  }
}
