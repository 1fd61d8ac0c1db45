package io.liteferry.test.kubernetes;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What the image says, so that no manifest has to. */
final class ImageDefaults {
  private static final String DOCKERFILE = Checkout.read("container/Dockerfile");

  /** The arguments of a container that gives none. */
  static final String COMMAND = command();

  /** Options by their variables. */
  static final Map<String, String> VARIABLES = variables();

  private ImageDefaults() {}

  private static String command() {
    var command = Pattern.compile("(?m)^CMD \\[\"(\\w+)\"]$").matcher(DOCKERFILE);
    if (!command.find()) {
      throw new AssertionError("the image has no command");
    }
    return command.group(1);
  }

  private static Map<String, String> variables() {
    var variables = new TreeMap<String, String>();
    Pattern.compile("(LITEFERRY_\\w+)=(\\S+)")
        .matcher(DOCKERFILE)
        .results()
        .forEach(found -> variables.put(found.group(1), found.group(2)));
    return variables;
  }
}
