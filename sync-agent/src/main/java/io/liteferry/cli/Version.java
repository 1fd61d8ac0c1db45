package io.liteferry.cli;

import java.io.IOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Reads what the build wrote about itself. */
final class Version implements IVersionProvider {
  private static Properties read() throws IOException {
    var properties = new Properties();
    try (var in = Version.class.getResourceAsStream("version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    }
    return properties;
  }

  String number() throws IOException {
    return read().getProperty("version", "unknown");
  }

  String commit() throws IOException {
    return read().getProperty("commit", "unknown");
  }

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {"liteferry %s (commit %s)".formatted(number(), commit())};
  }
}
