package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.Yaml;

/**
 * The manifests of {@code docs/kubernetes/gitops.md}: that the charts take the values in them and
 * make of these the pod of the other recipes, and that the tools wait for as long as it may take.
 */
@Tag("helm")
final class GitOpsIT {
  private static final String DIRECTORY = "docs/kubernetes/gitops/";
  private static final Manifest RELEASE =
      Manifest.only(Checkout.read(DIRECTORY + "flux.yaml"), "HelmRelease");
  private static final Manifest REPOSITORY =
      Manifest.only(Checkout.read(DIRECTORY + "flux.yaml"), "OCIRepository");
  private static final Manifest APPLICATION =
      Manifest.only(Checkout.read(DIRECTORY + "argocd.yaml"), "Application");
  private static final String CHARTS = "ghcr.io/liteferry/charts";

  private static Manifest deployment(Object values) {
    var rendered = Chart.MEALIE.render("1.36.0", new Yaml().dump(values));
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(rendered), rendered);
    return Manifest.only(rendered, "Deployment");
  }

  private static Object values(String file) {
    return file.equals("flux.yaml")
        ? RELEASE.at("spec.values")
        : APPLICATION.at("spec.source.helm.valuesObject");
  }

  @ParameterizedTest
  @CsvSource({"flux.yaml", "argocd.yaml"})
  void values_rendered_areThePodOfTheRecipes(String file) {
    var deployment = deployment(values(file));
    assertEquals(1, deployment.at("spec.replicas"));
    assertEquals(Map.of("type", "Recreate"), deployment.at("spec.strategy"));
    var sidecar = Manifest.list(deployment.podSpec(), "initContainers").getFirst();
    var plain =
        Manifest.only(Checkout.read("docs/kubernetes/plain/native.yaml"), "Deployment").podSpec();
    var expected = Manifest.list(plain, "initContainers").getFirst();
    for (var field :
        List.of("name", "image", "restartPolicy", "startupProbe", "resources", "volumeMounts")) {
      assertEquals(expected.get(field), sidecar.get(field), field);
    }
  }

  @Test
  void charts_areThoseOfThisVersion() {
    var chart = Manifest.values(Checkout.read("helm-chart/mealie/Chart.yaml"));
    assertEquals("oci://" + CHARTS + "/" + chart.get("name"), REPOSITORY.at("spec.url"));
    assertEquals(chart.get("version"), REPOSITORY.at("spec.ref.tag"));
    assertEquals(REPOSITORY.name(), RELEASE.at("spec.chartRef.name"));
    assertEquals(REPOSITORY.kind(), RELEASE.at("spec.chartRef.kind"));
    assertEquals(REPOSITORY.at("metadata.namespace"), RELEASE.at("metadata.namespace"));
    assertEquals(CHARTS, APPLICATION.at("spec.source.repoURL"));
    assertEquals(chart.get("name"), APPLICATION.at("spec.source.chart"));
    assertEquals(chart.get("version"), APPLICATION.at("spec.source.targetRevision"));
  }

  /**
   * The Deployment's deadline decides, and names the reason; a tool's own would only cut it off.
   */
  @Test
  void flux_waitsLongerThanTheDeadline_andNeverTakesThePodAway() {
    var deadline = (Integer) deployment(values("flux.yaml")).at("spec.progressDeadlineSeconds");
    var timeout = Duration.parse("PT" + RELEASE.at("spec.timeout"));
    assertTrue(timeout.toSeconds() > deadline, timeout + " for " + deadline + " s");
    for (var action : List.of("install", "upgrade")) {
      assertEquals(
          Map.of("strategy", Map.of("name", "RetryOnFailure")), RELEASE.at("spec." + action));
    }
    var page = Checkout.read("docs/kubernetes/gitops.md");
    assertTrue(page.contains("charts compute: " + deadline / 60 + " minutes"), page);
    assertTrue(page.contains("`timeout: " + RELEASE.at("spec.timeout") + "`"), page);
  }

  /** A claim that a value drops would be pruned, and the data with it. */
  @Test
  void argo_leavesTheClaimAlone() {
    var rendered = Chart.MEALIE.render("1.36.0", new Yaml().dump(values("argocd.yaml")));
    var annotations =
        (Map<?, ?>) Manifest.only(rendered, "PersistentVolumeClaim").at("metadata.annotations");
    assertEquals("Prune=false,Delete=false", annotations.get("argocd.argoproj.io/sync-options"));
    assertEquals("keep", annotations.get("helm.sh/resource-policy"));
  }

  @Test
  void tag_asRenovateWritesIt_isTakenByBothImages() {
    var block =
        Pattern.compile("(?ms)^```yaml\\n(image:\\n.*?)^```$")
            .matcher(Checkout.read("docs/kubernetes/gitops.md"));
    assertTrue(block.find());
    var tag = String.valueOf(Manifest.at(Manifest.values(block.group(1)), "image.tag"));
    assertTrue(tag.matches("v[0-9.]+@sha256:[0-9a-f]{64}"), tag);
    var image = Map.of("tag", tag);
    var pod =
        deployment(Map.of("image", image, "liteferry", Map.of("enabled", true, "image", image)))
            .podSpec();
    for (var containers : List.of("initContainers", "containers")) {
      var used = String.valueOf(Manifest.list(pod, containers).getFirst().get("image"));
      assertTrue(used.endsWith(":" + tag), used);
    }
  }

  /** One policy: what Kyverno evaluates is what the API server does. */
  @Test
  void kyverno_hasThePolicyOfTheLabel() {
    var kyverno = Manifest.only(Checkout.read(DIRECTORY + "kyverno.yaml"), "MutatingPolicy");
    var inject =
        Manifest.only(
            Checkout.read("docs/kubernetes/admission/inject.yaml"), "MutatingAdmissionPolicy");
    assertEquals(inject.at("spec"), kyverno.at("spec"));
    assertEquals(inject.name(), kyverno.name());
  }
}
