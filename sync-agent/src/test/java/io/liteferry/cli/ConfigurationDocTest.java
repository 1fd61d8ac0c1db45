package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/configuration.md} to the command line, or writes it when told to. */
final class ConfigurationDocTest {
  private static Path file(String name) {
    var directory = Path.of("").toAbsolutePath();
    while (Files.notExists(directory.resolve("mvnw"))) {
      directory = directory.getParent();
    }
    return directory.resolve("docs").resolve(name);
  }

  @Test
  void document_comparedWithTheCommandLine_isUpToDate() throws IOException {
    var wanted = new ConfigurationDoc(Main.commandLine()).toString();
    var file = file("configuration.md");
    if ("write".equals(System.getProperty("liteferry.docs"))) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, wanted);
    }
    assertEquals(
        wanted,
        Files.exists(file) ? Files.readString(file) : "",
        () -> file + " is stale. To write it anew, run: " + ConfigurationDoc.REGENERATE + "\n");
  }

  @Test
  void document_everyOption_isInIt() {
    var text = new ConfigurationDoc(Main.commandLine()).toString();
    for (var command : CommandTree.of(Main.commandLine().getCommandSpec()).values()) {
      for (var option : command.options()) {
        if (!option.hidden() && !option.usageHelp() && !option.versionHelp()) {
          assertTrue(text.contains("`" + option.longestName()), option.longestName());
        }
      }
    }
    assertFalse(text.contains("${"), "a variable was not filled in");
  }

  /** It stands twice: for the parser and its help, and as a value that is never null. */
  @Test
  void default_ofAnyOption_isTheSameInBothPlaces() throws Exception {
    int compared = 0;
    for (var command : CommandTree.of(Main.commandLine().getCommandSpec()).values()) {
      for (var option : command.options()) {
        if (option.defaultValue() != null && option.converters().length == 1) {
          var parsed = option.converters()[0].convert(option.defaultValue());
          assertEquals(option.initialValue(), parsed, option.longestName());
          compared++;
        }
      }
    }
    assertTrue(compared > 5);
  }

  @Test
  void operations_everyExitCode_isInTheList() throws IOException {
    var page = Files.readString(file("operations.md"));
    for (var code : ExitCode.values()) {
      var row = "\n- %d: %s".formatted(code.code, code.meaning);
      assertTrue(page.replaceAll("\n  +", " ").contains(row), row);
    }
  }
}
