package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The Deployment of the Mealie chart in both modes as it is on a cluster, so that a review of a
 * change in the templates sees what becomes of it.
 */
@Tag("helm")
final class RenderedPodIT {
  @ParameterizedTest
  @CsvSource({"1.36.0, deployment-native.yaml", "1.28.0, deployment-classic.yaml"})
  void deployment_on_isAsReviewed(String kubernetes, String name) {
    var rendered = Chart.MEALIE.render(kubernetes, "liteferry: {enabled: true}");
    var deployment =
        Pattern.compile("(?ms)^# Source: mealie/templates/deployment.yaml\\n(.*?)(?=^---|\\z)")
            .matcher(rendered)
            .results()
            .map(found -> found.group(1).replaceAll("(?m)^ +$", "").strip() + "\n")
            .findFirst()
            .orElseThrow();
    // the version is everywhere, and nobody wants to review it here
    var version = Manifest.values(Checkout.read("helm-chart/liteferry/Chart.yaml")).get("version");
    deployment = deployment.replace(String.valueOf(version), "VERSION");
    var file = Checkout.file("test/src/test/resources/kubernetes/" + name);
    if ("write".equals(System.getProperty("liteferry.docs"))) {
      Checkout.write(file, deployment);
    }
    assertEquals(
        deployment,
        Checkout.read(file),
        "if the change is meant, write it: ./mvnw verify -pl test -Dit.test=RenderedPodIT"
            + " -Dliteferry.docs=write");
  }
}
