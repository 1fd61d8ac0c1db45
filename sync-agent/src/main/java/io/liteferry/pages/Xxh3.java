package io.liteferry.pages;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * XXH3 of 128 bits with a seed, as <a
 * href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">its specification</a> has
 * it for more than 240 bytes; a page has at least 512. For one thread at a time.
 */
final class Xxh3 {
  static final int LEAST_BYTES = 241;

  private static final byte[] SECRET =
      HexFormat.of()
          .parseHex(
              "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                  + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                  + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                  + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                  + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                  + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

  private static final int STRIPE = 64;
  private static final int BLOCK = 16 * STRIPE;
  private static final int SCRAMBLE_AT = 192 - STRIPE;
  private static final int LAST_STRIPE_AT = SCRAMBLE_AT - 7;
  private static final int MERGE_AT = 11;

  private static final long PRIME32_1 = 0x9E3779B1L;
  private static final long PRIME32_2 = 0x85EBCA77L;
  private static final long PRIME32_3 = 0xC2B2AE3DL;
  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME64_3 = 0x165667B19E3779F9L;
  private static final long PRIME64_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME64_5 = 0x27D4EB2F165667C5L;
  private static final long LOW_32 = 0xFFFFFFFFL;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] secret = SECRET.clone();
  private final long[] acc = new long[STRIPE / Long.BYTES];

  /**
   * The hash of a part of an array.
   *
   * @param length at least {@value #LEAST_BYTES}
   */
  PageHash of(byte[] data, int offset, int length, long seed) {
    seedSecret(seed);
    acc[0] = PRIME32_3;
    acc[1] = PRIME64_1;
    acc[2] = PRIME64_2;
    acc[3] = PRIME64_3;
    acc[4] = PRIME64_4;
    acc[5] = PRIME32_2;
    acc[6] = PRIME64_5;
    acc[7] = PRIME32_1;
    int blocks = (length - 1) / BLOCK;
    int at = offset;
    for (int block = 0; block < blocks; block++) {
      accumulate(data, at, 0, BLOCK / STRIPE);
      scramble();
      at += BLOCK;
    }
    accumulate(data, at, 0, (length - 1 - blocks * BLOCK) / STRIPE);
    accumulate(data, offset + length - STRIPE, LAST_STRIPE_AT, 1);
    long low = merge(MERGE_AT, length * PRIME64_1);
    long high = merge(SCRAMBLE_AT - MERGE_AT, ~(length * PRIME64_2));
    return new PageHash(high, low);
  }

  private void seedSecret(long seed) {
    for (int i = 0; i < secret.length; i += 2 * Long.BYTES) {
      LONG.set(secret, i, (long) LONG.get(SECRET, i) + seed);
      LONG.set(secret, i + Long.BYTES, (long) LONG.get(SECRET, i + Long.BYTES) - seed);
    }
  }

  private void accumulate(byte[] data, int from, int secretAt, int stripes) {
    long a0 = acc[0];
    long a1 = acc[1];
    long a2 = acc[2];
    long a3 = acc[3];
    long a4 = acc[4];
    long a5 = acc[5];
    long a6 = acc[6];
    long a7 = acc[7];
    for (int stripe = 0; stripe < stripes; stripe++) {
      int at = from + stripe * STRIPE;
      int key = secretAt + stripe * Long.BYTES;
      long d0 = (long) LONG.get(data, at);
      long d1 = (long) LONG.get(data, at + 8);
      long d2 = (long) LONG.get(data, at + 16);
      long d3 = (long) LONG.get(data, at + 24);
      long d4 = (long) LONG.get(data, at + 32);
      long d5 = (long) LONG.get(data, at + 40);
      long d6 = (long) LONG.get(data, at + 48);
      long d7 = (long) LONG.get(data, at + 56);
      a0 += d1 + product(d0 ^ (long) LONG.get(secret, key));
      a1 += d0 + product(d1 ^ (long) LONG.get(secret, key + 8));
      a2 += d3 + product(d2 ^ (long) LONG.get(secret, key + 16));
      a3 += d2 + product(d3 ^ (long) LONG.get(secret, key + 24));
      a4 += d5 + product(d4 ^ (long) LONG.get(secret, key + 32));
      a5 += d4 + product(d5 ^ (long) LONG.get(secret, key + 40));
      a6 += d7 + product(d6 ^ (long) LONG.get(secret, key + 48));
      a7 += d6 + product(d7 ^ (long) LONG.get(secret, key + 56));
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
    acc[4] = a4;
    acc[5] = a5;
    acc[6] = a6;
    acc[7] = a7;
  }

  private static long product(long halves) {
    return (halves & LOW_32) * (halves >>> 32);
  }

  private void scramble() {
    for (int i = 0; i < acc.length; i++) {
      long key = (long) LONG.get(secret, SCRAMBLE_AT + i * Long.BYTES);
      acc[i] = (acc[i] ^ (acc[i] >>> 47) ^ key) * PRIME32_1;
    }
  }

  private long merge(int secretAt, long start) {
    long result = start;
    for (int i = 0; i < acc.length; i += 2) {
      long first = acc[i] ^ (long) LONG.get(secret, secretAt + i * Long.BYTES);
      long second = acc[i + 1] ^ (long) LONG.get(secret, secretAt + (i + 1) * Long.BYTES);
      result += first * second ^ Math.unsignedMultiplyHigh(first, second);
    }
    result = (result ^ (result >>> 37)) * 0x165667919E3779F9L;
    return result ^ (result >>> 32);
  }
}
