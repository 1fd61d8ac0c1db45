package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The CronJob that tries restores. */
@Tag("helm")
final class RehearsalObjectIT {
  private static final String NEWEST = "1.36.0";

  private static Manifest cronJob(String... values) {
    return Manifest.only(Chart.MEALIE.render(NEWEST, values), "CronJob");
  }

  @Test
  void rehearsal_looksAtTheVolumeAndWritesToScratchAlone() {
    var rendered =
        Chart.MEALIE.render(
            NEWEST,
            """
            imagePullSecrets: [{name: registry}]
            liteferry:
              enabled: true
              runAsUser: 1000660000
              subPath: mealie
              local: {sizeLimit: 10Gi}
              agent: {check: quick, checkTimeoutSeconds: 60}
              rehearsal: {enabled: true, timeoutSeconds: 604800}
            """);
    var job = Manifest.only(rendered, "CronJob");
    assertEquals("recipes-mealie-liteferry-rehearsal", job.name());
    assertEquals("Forbid", job.at("spec.concurrencyPolicy"));
    assertEquals(604800, job.at("spec.jobTemplate.spec.activeDeadlineSeconds"));
    var deployment = Manifest.only(rendered, "Deployment");
    var pod = job.podSpec();
    for (var same : List.of("securityContext", "serviceAccountName", "imagePullSecrets")) {
      assertEquals(Manifest.at(deployment.podSpec(), same), Manifest.at(pod, same), same);
    }
    assertEquals(
        deployment.at("spec.selector.matchLabels"),
        Manifest.at(
            Manifest.list(
                    pod, "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution")
                .getFirst(),
            "labelSelector.matchLabels"));
    var container = Manifest.list(pod, "containers").getFirst();
    assertEquals(List.of("rehearse", "--in=/liteferry/scratch"), container.get("args"));
    // not the check that the agent makes, which may be a lesser one
    assertEquals(
        List.of(Map.of("name", "LITEFERRY_CHECK_TIMEOUT", "value", "60s")), container.get("env"));
    assertEquals(1000660000, Manifest.at(container, "securityContext.runAsUser"));
    assertEquals(true, Manifest.at(container, "securityContext.readOnlyRootFilesystem"));
    assertEquals(
        List.of(
            Map.of(
                "name", "liteferry-volume",
                "mountPath", "/liteferry/volume",
                "readOnly", true,
                "subPath", "mealie"),
            Map.of("name", "liteferry-scratch", "mountPath", "/liteferry/scratch")),
        container.get("volumeMounts"));
    assertEquals(
        List.of(
            Map.of(
                "name",
                "liteferry-volume",
                "persistentVolumeClaim",
                Map.of("claimName", "recipes-mealie")),
            Map.of("name", "liteferry-scratch", "emptyDir", Map.of("sizeLimit", "10Gi"))),
        Manifest.list(pod, "volumes"));
    // nobody must take it for the application
    var labels = (Map<?, ?>) job.at("spec.jobTemplate.spec.template.metadata.labels");
    var service = Manifest.only(rendered, "Service");
    assertFalse(
        labels.entrySet().containsAll(((Map<?, ?>) service.at("spec.selector")).entrySet()));
  }

  @Test
  void rehearsal_ofALongName_hasOneThatACronJobMayHave() {
    var job =
        cronJob(
            "fullnameOverride: a-name-of-63-characters-012345678901234567890123456789012345678",
            "liteferry: {enabled: true, rehearsal: {enabled: true}}");
    assertEquals("a-name-of-63-characters-01234567-liteferry-rehearsal", job.name());
    assertTrue(job.name().length() <= 52);
  }

  @Test
  void rehearsal_ofAClaimForOnePod_isRefused() {
    var message =
        Chart.MEALIE.refusal(
            NEWEST,
            """
            persistence: {accessModes: [ReadWriteOncePod]}
            liteferry: {enabled: true, rehearsal: {enabled: true}}
            """);
    assertTrue(message.contains("no second pod can look at the claim"), message);
  }
}
