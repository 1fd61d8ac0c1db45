package io.liteferry.pages;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The checksum of a WAL up to a place: each frame's goes on from the one before. */
record WalChecksum(int first, int second) {
  static final WalChecksum START = new WalChecksum(0, 0);

  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LITTLE =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** The two numbers that stand in a file, where they are always big-endian. */
  static WalChecksum in(byte[] data, int at) {
    return new WalChecksum((int) BIG.get(data, at), (int) BIG.get(data, at + Integer.BYTES));
  }

  /**
   * The checksum after more bytes.
   *
   * @param bigEndian how the log reads them as numbers
   * @param length a multiple of 8
   */
  WalChecksum plus(boolean bigEndian, byte[] data, int from, int length) {
    int a = first;
    int b = second;
    for (int at = from; at < from + length; at += 2 * Integer.BYTES) {
      int x = (int) LITTLE.get(data, at);
      int y = (int) LITTLE.get(data, at + Integer.BYTES);
      a += (bigEndian ? Integer.reverseBytes(x) : x) + b;
      b += (bigEndian ? Integer.reverseBytes(y) : y) + a;
    }
    return new WalChecksum(a, b);
  }
}
