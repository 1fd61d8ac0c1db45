package io.liteferry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class AddressConverterTest {
  @ParameterizedTest
  @CsvSource({
    "9180, 127.0.0.1, 9180",
    "0, 127.0.0.1, 0",
    "0.0.0.0:9180, 0.0.0.0, 9180",
    "localhost:1, localhost, 1",
    "[::]:65535, ::, 65535",
    "[fe80::1]:80, fe80::1, 80",
  })
  void convert_hostAndPort_isTaken(String value, String host, int port) {
    var address = new Converters.Addresses().convert(value);
    assertEquals(host, address.getHostString());
    assertEquals(port, address.getPort());
    assertTrue(address.isUnresolved());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ":", ":80", "80:", "::1:80", "-1", "65536", "host", "a b:80", "[]:80"})
  void convert_anythingElse_isRefused(String value) {
    assertThrows(TypeConversionException.class, () -> new Converters.Addresses().convert(value));
  }

  @Test
  void convert_refused_saysWhatToWrite() {
    var e =
        assertThrows(
            TypeConversionException.class, () -> new Converters.Addresses().convert("http"));
    assertTrue(e.getMessage().contains("HOST:PORT"), e.getMessage());
  }
}
