package io.liteferry.cli;

import java.net.InetSocketAddress;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code 9180}, {@code 10.0.0.7:9180} or {@code [::]:9180}. A port alone is one of this
 * machine for itself. Resolves nothing.
 */
final class AddressConverter implements ITypeConverter<InetSocketAddress> {
  private static final Pattern FORM =
      Pattern.compile("(?:(?:\\[([0-9a-fA-F:.]+)]|([^:\\[\\]\\s]+)):)?(\\d{1,5})");
  private static final int HIGHEST = 65_535;
  private static final String LOOPBACK = "127.0.0.1";

  @Override
  public InetSocketAddress convert(String value) {
    var parts = FORM.matcher(value);
    if (!parts.matches() || Integer.parseInt(parts.group(3)) > HIGHEST) {
      throw new TypeConversionException(
          "'%s' is not an address: write PORT, HOST:PORT or [IPV6]:PORT, and 0.0.0.0:PORT for all"
                  .formatted(value)
              + " interfaces");
    }
    var host = parts.group(1) != null ? parts.group(1) : parts.group(2);
    return InetSocketAddress.createUnresolved(
        host == null ? LOOPBACK : host, Integer.parseInt(parts.group(3)));
  }
}
