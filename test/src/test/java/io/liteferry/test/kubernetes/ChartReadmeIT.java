package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds the lists in the charts' READMEs to the comments of their values, or writes them when told
 * to.
 */
final class ChartReadmeIT {
  private static final String WRITE =
      "./mvnw verify -pl test -Dit.test=ChartReadmeIT -Dliteferry.docs=write";
  private static final String BEGIN =
      "<!-- Generated from the comments in values.yaml. To write it anew:\n     "
          + WRITE
          + " -->\n";
  private static final String END = "<!-- end of what is generated -->\n";

  @ParameterizedTest
  @ValueSource(strings = {"liteferry", "mealie"})
  void readme_comparedWithTheValues_isUpToDate(String chart) {
    var file = Checkout.file("helm-chart/" + chart + "/README.md");
    var list = ValuesList.of(Checkout.read("helm-chart/" + chart + "/values.yaml"));
    var is = Checkout.read(file);
    assertTrue(
        is.contains(BEGIN) && is.contains(END),
        () -> file + " must have the lines\n" + BEGIN + END);
    var wanted =
        is.substring(0, is.indexOf(BEGIN) + BEGIN.length())
            + "\n"
            + list
            + "\n"
            + is.substring(is.indexOf(END));
    if ("write".equals(System.getProperty("liteferry.docs"))) {
      Checkout.write(file, wanted);
    }
    assertEquals(
        wanted, Checkout.read(file), () -> file + " is stale. To write it anew, run: " + WRITE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"liteferry", "mealie"})
  void values_each_isDescribed(String chart) {
    var yaml = Checkout.read("helm-chart/" + chart + "/values.yaml");
    assertEquals(List.of(), ValuesList.undescribed(yaml));
    assertTrue(ValuesList.of(yaml).rows().size() > 50);
  }

  /** Without it the pod of whoever follows the README has no image to start. */
  @Test
  void install_ofMealie_leadsToTheImage() {
    var readme = Checkout.read("helm-chart/mealie/README.md");
    var install = readme.substring(readme.indexOf("## Install"), readme.indexOf("## On and off"));
    assertTrue(install.contains("](../../docs/kubernetes/README.md#the-image)"), install);
    assertTrue(Checkout.read("docs/kubernetes/README.md").contains("\n## The image\n"));
    var name = Pattern.compile("`liteferry\\.(image\\.[a-z]+)`").matcher(install);
    assertTrue(name.find(), install);
    var values = Manifest.values(Checkout.read("helm-chart/liteferry/values.yaml"));
    assertNotNull(Manifest.at(values, name.group(1)), name.group());
  }

  /** Helm merges maps and replaces lists. */
  @ParameterizedTest
  @CsvSource({"liteferry, agent.exclude", "mealie, liteferry.agent.exclude"})
  void exclude_isSaidToReplaceTheDefault(String chart, String key) {
    var row =
        ValuesList.of(Checkout.read("helm-chart/" + chart + "/values.yaml")).rows().stream()
            .filter(each -> each.key().equals(key))
            .findFirst()
            .orElseThrow();
    assertTrue(row.description().contains("A list of yours replaces"), row.description());
  }

  /** What a comment names as the agent's default is what the agent has. */
  @Test
  void defaults_ofTheAgent_areTheAgents() {
    var named = Pattern.compile("The agent's: ([A-Za-z0-9]+)");
    var units = Map.of("Seconds", "s", "Milliseconds", "ms", "Percent", "");
    var found = 0;
    for (var row : ValuesList.of(Checkout.read("helm-chart/liteferry/values.yaml")).rows()) {
      var matcher = named.matcher(row.description());
      if (matcher.find()) {
        var key = row.key().substring(row.key().indexOf('.') + 1);
        var unit =
            units.keySet().stream()
                .filter(key::endsWith)
                .max(Comparator.comparing(String::length))
                .orElse("");
        var option = key.substring(0, key.length() - unit.length()).replaceAll("([A-Z])", "-$1");
        assertEquals(
            inLargeUnits(matcher.group(1) + units.getOrDefault(unit, "")),
            defaultOf("--" + option.toLowerCase(Locale.ROOT)),
            row.key());
        found++;
      }
    }
    assertTrue(found > 10, () -> "only a few comments were recognised");
  }

  /** As the agent writes it: whole hours and minutes. */
  private static String inLargeUnits(String duration) {
    var seconds = duration.matches("[0-9]+s") ? Integer.parseInt(duration.replace("s", "")) : 1;
    if (seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : duration;
  }

  private static String defaultOf(String option) {
    return Checkout.read("docs/configuration.md")
        .lines()
        .filter(line -> line.startsWith("- `" + option + " "))
        .map(line -> line.split("`", -1)[3])
        .findFirst()
        .orElseThrow(() -> new AssertionError("docs/configuration.md has no " + option));
  }
}
