package io.liteferry.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The values are those of the reference implementation, 0.8. */
final class Xxh3Test {
  @ParameterizedTest
  @CsvSource({
    "512,0,7509d702d4519576a0e9790eb93990d7",
    "512,1,b74310bd8c22e9f511b79bf151539f3c",
    "512,4294967295,16cf7991b0f19515cf38a380460b9351",
    "1024,0,f69630613f24324d70bd377d9574f4bb",
    "1024,2,9c70a8681ae19e5ecbb86bad3100a639",
    "4096,0,3e0ff38fa88a55ea9ddd66c14af0daff",
    "4096,1,0e5adab94d5b0915ac03114feec336be",
    "4096,4294967295,72402eecca6b9cc8a0436e008e50baae",
    "65536,0,ed19e9be90ac5adc04404b28125b4786",
    "65536,1,2d90d50bf821716979b773d1c0650cdc",
    "65536,4294967295,75f2eff6bed49140c4338ec31b3330a2",
  })
  void hash_ofReferenceContent_isTheReferenceValue(int length, long seed, String expected) {
    var content = new byte[length + 3];
    for (int i = 0; i < length; i++) {
      content[i + 3] = (byte) (i * 131 + 7);
    }
    var hash = new Xxh3().of(content, 3, length, seed);
    var hex = HexFormat.of();
    assertEquals(expected, hex.toHexDigits(hash.high()) + hex.toHexDigits(hash.low()));
  }
}
