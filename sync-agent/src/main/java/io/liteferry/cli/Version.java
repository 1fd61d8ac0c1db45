package io.liteferry.cli;

import java.io.IOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Reads what the build wrote about itself. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() throws IOException {
    var properties = new Properties();
    try (var in = Version.class.getResourceAsStream("version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    }
    return new String[] {
      "liteferry %s (commit %s)"
          .formatted(
              properties.getProperty("version", "unknown"),
              properties.getProperty("commit", "unknown"))
    };
  }
}
