package io.liteferry.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: the common options, standard output, and a way to refuse its options. */
abstract class Subcommand implements Callable<Integer> {
  @Mixin CommonOptions common = new CommonOptions();

  @Spec @Nullable CommandSpec spec;

  final CommandLine commandLine() {
    return Objects.requireNonNull(spec, "not made by picocli").commandLine();
  }

  final ParameterException misused(String message) {
    return new ParameterException(commandLine(), message);
  }

  final void print(String text) {
    var out = commandLine().getOut();
    out.println(text.stripTrailing());
    out.flush();
  }
}
