package io.liteferry.durable;

import java.util.regex.Pattern;

/**
 * A text with control and format characters written out: a file's name must neither begin a line of
 * its own, nor talk to a terminal, nor turn the direction of what stands around it.
 */
public final class OneLine {
  private static final Pattern NOT_SHOWN =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}&&[\\x{0}-\\x{ffff}]]");

  private OneLine() {}

  /** Of any text. */
  public static String of(String text) {
    return NOT_SHOWN
        .matcher(text)
        .replaceAll(found -> "\\\\u%04x".formatted((int) found.group().charAt(0)));
  }
}
