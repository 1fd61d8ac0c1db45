package io.liteferry.durable;

import java.util.UUID;
import java.util.regex.Pattern;

/** A name that nobody used before; by its form it is known as one of ours. */
public final class UniqueName {
  private static final Pattern FORM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private UniqueName() {}

  public static String make() {
    return UUID.randomUUID().toString();
  }

  /** Whether it can have been made by {@link #make}. */
  public static boolean isOne(String name) {
    return FORM.matcher(name).matches();
  }
}
