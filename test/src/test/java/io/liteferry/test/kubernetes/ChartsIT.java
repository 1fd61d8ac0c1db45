package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * That the charts pass Helm's strictest look, and that what they render is what Kubernetes takes.
 */
@Tag("helm")
final class ChartsIT {
  private static final String OLDEST = "1.25.0";
  private static final String LAST_CLASSIC = "1.28.15";
  private static final String FIRST_NATIVE = "1.29.0";
  private static final String NEWEST = "1.36.0";

  @TestFactory
  Stream<DynamicTest> lint_strict_hasNothingToSay() {
    return Chart.MEALIE.ci().stream()
        .map(
            values ->
                DynamicTest.dynamicTest(
                    values.getFileName().toString(),
                    () -> assertEquals(List.of(), Chart.MEALIE.lint(Checkout.read(values)))));
  }

  @Test
  void lint_library_hasNothingToSay() {
    assertEquals(List.of(), Chart.LITEFERRY.lint("{}"));
  }

  @TestFactory
  Stream<DynamicTest> template_eachCiFileAndVersion_isWhatKubernetesTakes() {
    return Chart.MEALIE.ci().stream()
        .flatMap(
            values ->
                Stream.of(OLDEST, LAST_CLASSIC, FIRST_NATIVE, NEWEST)
                    .map(
                        version ->
                            DynamicTest.dynamicTest(
                                values.getFileName() + " on " + version,
                                () -> isTaken(Checkout.read(values), version))));
  }

  private static void isTaken(String values, String version) {
    var rendered = Chart.MEALIE.render(version, values);
    var schema =
        version.equals(OLDEST) || version.equals(LAST_CLASSIC)
            ? KubernetesSchema.OLDEST
            : KubernetesSchema.NEWEST;
    assertEquals(List.of(), schema.findings(rendered), rendered);
    assertFalse(rendered.contains("%!"), rendered); // what a wrong format leaves
    assertFalse(rendered.contains("<no value>"), rendered);
  }
}
