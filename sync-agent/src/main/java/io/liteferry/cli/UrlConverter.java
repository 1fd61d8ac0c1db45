package io.liteferry.cli;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a URL of HTTP. It may be a secret, so no message repeats it. */
final class UrlConverter implements ITypeConverter<URI> {
  private static final int MOST_PORT = 65_535;

  @Override
  public URI convert(String value) {
    URI url;
    try {
      url = new URI(value);
    } catch (URISyntaxException e) {
      throw new TypeConversionException(
          "not a URL: %s at position %d".formatted(e.getReason(), e.getIndex() + 1));
    }
    var scheme = url.getScheme();
    if (!("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme))
        || url.getHost() == null) {
      throw new TypeConversionException("not a URL of HTTP: write https://HOST/PATH");
    }
    if (url.getPort() > MOST_PORT) {
      throw new TypeConversionException("a port is at most %d".formatted(MOST_PORT));
    }
    if (url.getUserInfo() != null) {
      throw new TypeConversionException("the URL has a user or password, which are not supported");
    }
    return url;
  }
}
