package io.liteferry.cli;

import io.liteferry.control.NoAgentException;
import io.liteferry.durable.DamagedFileException;
import io.liteferry.durable.Errno;
import io.liteferry.durable.UnknownFormatException;
import io.liteferry.history.PointRefusedException;
import io.liteferry.lease.FencedException;
import io.liteferry.lease.LeaseHeldException;
import io.liteferry.lease.LeaseRefusedException;
import io.liteferry.lease.VolumeException;
import io.liteferry.past.PastRefusedException;
import io.liteferry.publish.DetachRefusedException;
import io.liteferry.restore.RefusedException;
import io.liteferry.restore.UnsoundDatabaseException;
import io.liteferry.state.AlreadyRunningException;
import io.liteferry.volume.HistoryRefusedException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** The entry point. */
public final class Main {
  /** What Java says when it is the heap that is too small. */
  private static final Set<String> HEAP_LIMITS =
      Set.of("Java heap space", "Requested array size exceeds VM limit");

  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT); // numbers look the same in every language's logs and names
    Thread.setDefaultUncaughtExceptionHandler(Main::haltWithoutMemory);
    StopSignals.ofProcess().take();
    boolean interpreted = Boolean.getBoolean("io.liteferry.interpreter");
    System.exit(execute(given(List.of(arguments), interpreted), System.getenv()));
  }

  /**
   * What the command was given. The image has no shell: there java is the interpreter of the file
   * {@code liteferry}, and the kernel puts that file's name before the arguments.
   */
  static List<String> given(List<String> arguments, boolean interpreted) {
    return interpreted ? arguments.subList(1, arguments.size()) : arguments;
  }

  /** Ends the process at once, with nothing cleaned up; the next start does that. */
  static void halt(int code) {
    Runtime.getRuntime().halt(code);
  }

  static int execute(List<String> arguments, Map<String, String> environment) {
    var commandLine = commandLine();
    try {
      var configuration = Configuration.read(commandLine, arguments, environment);
      for (var command : commandLine.getSubcommands().values()) {
        command.setDefaultValueProvider(configuration);
      }
    } catch (ParameterException e) {
      return usageError(e);
    }
    try {
      return commandLine.execute(arguments.toArray(String[]::new));
    } catch (OutOfMemoryError e) {
      return outOfMemory(e);
    }
  }

  /** On a thread that nobody waits for: without it the agent would go on as half of itself. */
  static void haltWithoutMemory(Thread thread, Throwable e) {
    if (e instanceof OutOfMemoryError outOfMemory) {
      halt(outOfMemory(outOfMemory));
    }
    e.printStackTrace();
  }

  static int outOfMemory(OutOfMemoryError e) {
    // Not formatted: there may be no room for the classes that this needs.
    var megabytes = Long.toString(Runtime.getRuntime().maxMemory() >> 20);
    return fail(
        HEAP_LIMITS.contains(String.valueOf(e.getMessage()))
            ? String.join(
                "",
                "out of memory: the heap may have ",
                megabytes,
                " MB, which is 70 % of the container's memory limit, or half of a small one, unless"
                    + " JDK_JAVA_OPTIONS sets -Xmx, and this tree needs more: raise that limit")
            : String.join(
                "",
                "out of memory: ",
                e.getMessage(),
                ": raise the limits of this process or container"),
        ExitCode.MEMORY);
  }

  /** The command model; also read by the generators of documentation. */
  static CommandLine commandLine() {
    var commandLine = new CommandLine(new LiteferryCommand());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExpandAtFiles(false); // a directory may be named so
    commandLine.setParameterExceptionHandler((e, arguments) -> usageError(e));
    commandLine.setExecutionExceptionHandler((e, command, parsed) -> executionError(e));
    commandLine.setExecutionStrategy(Main::run);
    return commandLine;
  }

  private static int run(ParseResult parsed) {
    var command = parsed;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    var user = command.commandSpec().userObject();
    if (user instanceof Subcommand subcommand) {
      LogSetup.configure(subcommand.common.logFormat, subcommand.common.logLevel);
    }
    var signals = StopSignals.ofProcess();
    if (user instanceof RestoreCommand
        || user instanceof RollbackCommand
        || user instanceof SyncCommand) {
      signals.haltOnlyIf(() -> true);
    } else if (!(user instanceof AgentCommand)) { // an agent says itself when one is to wait
      signals.giveBack();
    }
    return new RunLast().execute(parsed);
  }

  private static int usageError(ParameterException e) {
    if (e instanceof Configuration.ConfigurationException) {
      return fail(e.getMessage(), ExitCode.USAGE);
    }
    var spec = e.getCommandLine().getCommandSpec();
    var message =
        e instanceof UnmatchedArgumentException unmatched
            ? Unmatched.message(unmatched)
            : String.valueOf(e.getMessage());
    return fail(message + " (see '" + spec.qualifiedName() + " --help')", ExitCode.USAGE);
  }

  private static int executionError(Exception e) {
    return switch (e) {
      case BadPathException bad -> fail(bad.getMessage(), bad.exitCode);
      case RefusedException refused -> fail(refused.getMessage(), ExitCode.REFUSED);
      case HistoryRefusedException refused -> fail(refused.getMessage(), ExitCode.REFUSED);
      case PastRefusedException refused -> fail(refused.getMessage(), ExitCode.REFUSED);
      case PointRefusedException refused -> failInLines(refused.getMessage(), ExitCode.REFUSED);
      case UnsoundDatabaseException unsound -> fail(unsound.getMessage(), ExitCode.CORRUPT);
      case NoAgentException none -> fail(none.getMessage(), ExitCode.NODE);
      case AlreadyRunningException running -> fail(running.getMessage(), ExitCode.IN_USE);
      case LeaseHeldException held -> fail(held.getMessage(), ExitCode.LEASE_HELD);
      case LeaseRefusedException refused -> fail(refused.getMessage(), ExitCode.REFUSED);
      case DetachRefusedException refused -> fail(refused.getMessage(), ExitCode.REFUSED);
      case FencedException fenced -> fail(fenced.getMessage(), ExitCode.FENCED);
      case UnknownFormatException format -> fail(format.getMessage(), ExitCode.REFUSED);
      case DamagedFileException damaged ->
          fail(damaged.getMessage() + ": nothing was changed", ExitCode.REFUSED);
      case VolumeException volume -> volumeError(volume);
      case IOException io -> fail(Errno.describe(io), ExitCode.NODE);
      default -> {
        e.printStackTrace();
        yield fail("internal error, please report it: " + e, ExitCode.INTERNAL);
      }
    };
  }

  /** A cause that is not understood is told as what it is, not as a volume that is away. */
  private static int volumeError(VolumeException e) {
    return switch (e.getCause()) {
      case UnknownFormatException format -> fail(format.getMessage(), ExitCode.REFUSED);
      case DamagedFileException damaged ->
          fail(damaged.getMessage() + ": nothing was changed", ExitCode.REFUSED);
      case null, default -> fail(e.getMessage(), ExitCode.VOLUME_UNAVAILABLE);
    };
  }

  /** Of a text of our own, in which no file is named. */
  private static int failInLines(@Nullable String message, ExitCode code) {
    System.err.println("liteferry: " + message);
    return code.code;
  }

  /** Says why, and returns the code. */
  static int fail(@Nullable String message, ExitCode code) {
    System.err.println("liteferry: " + LogSetup.oneLine(String.valueOf(message)));
    return code.code;
  }
}
