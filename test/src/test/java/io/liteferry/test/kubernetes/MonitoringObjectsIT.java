package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The optional objects beside the application: monitors, alerts, the dashboard, the network policy,
 * the test.
 */
@Tag("helm")
final class MonitoringObjectsIT {
  private static final String NEWEST = "1.36.0";
  private static final String ALL =
      """
      liteferry:
        enabled: true
        podMonitor: {enabled: true, labels: {release: prometheus}}
        prometheusRule: {enabled: true, labels: {release: prometheus}}
        dashboard: {enabled: true}
        networkPolicy: {enabled: true}
      """;

  private static final String CRON_JOB =
      "namespace=\"home\",cronjob=\"recipes-mealie-liteferry-rehearsal\"";

  private static Manifest only(String kind, String... values) {
    return Manifest.only(Chart.MEALIE.render(NEWEST, values), kind);
  }

  @Test
  void podMonitor_selectsThePodAndItsPort() {
    var rendered = Chart.MEALIE.render(NEWEST, ALL);
    var monitor = Manifest.only(rendered, "PodMonitor");
    var deployment = Manifest.only(rendered, "Deployment");
    assertEquals(
        deployment.at("spec.selector.matchLabels"), monitor.at("spec.selector.matchLabels"));
    assertEquals("prometheus", monitor.at("metadata.labels.release"));
    var endpoint = monitor.list("spec.podMetricsEndpoints").getFirst();
    assertEquals(Map.of("port", "liteferry", "path", "/metrics", "interval", "30s"), endpoint);
    var sidecar = Manifest.list(deployment.podSpec(), "initContainers").getFirst();
    assertEquals("liteferry", Manifest.list(sidecar, "ports").getFirst().get("name"));
  }

  /** Two releases with these rules must not raise each other's alerts. */
  @Test
  void rules_everySelector_isOfThisReleaseAlone() {
    var plain = Manifest.values(Checkout.read("helm-chart/liteferry/monitoring/rules.yaml"));
    var rule = only("PrometheusRule", ALL);
    var matcher = "job=\"home/" + only("PodMonitor", ALL).name() + "\"";
    var metric = Pattern.compile("\\b(?:liteferry_[a-z_]+|process_[a-z_]+|up\\b)(\\{[^}]*})?");
    var names = new TreeSet<String>();
    for (var group : rule.list("spec.groups")) {
      for (var alert : Manifest.list(group, "rules")) {
        names.add(String.valueOf(alert.get("alert")));
        var expression = String.valueOf(alert.get("expr"));
        var found = 0;
        for (var selector = metric.matcher(expression); selector.find(); found++) {
          assertTrue(
              Objects.requireNonNullElse(selector.group(1), "").contains(matcher), expression);
        }
        assertTrue(found > 0, expression);
        // with the matchers taken out again it is the plain rule
        assertEquals(
            plainExpression(plain, alert.get("alert")),
            expression
                .replace(matcher + ",", "")
                .replace("{" + matcher + "}", "")
                .replace(CRON_JOB, "cronjob=~\".+-liteferry-rehearsal\""));
        assertFalse(expression.contains("cronjob=~"), expression);
      }
    }
    assertEquals(alerts(plain), names);
    assertTrue(names.contains("LiteferryVolumeDown"), names::toString);
  }

  private static Set<String> alerts(Map<String, Object> rules) {
    var names = new TreeSet<String>();
    for (var group : Manifest.list(rules, "groups")) {
      Manifest.list(group, "rules").forEach(alert -> names.add(String.valueOf(alert.get("alert"))));
    }
    return names;
  }

  private static Object plainExpression(Map<String, Object> rules, Object alert) {
    return Manifest.list(rules, "groups").stream()
        .flatMap(group -> Manifest.list(group, "rules").stream())
        .filter(rule -> alert.equals(rule.get("alert")))
        .map(rule -> rule.get("expr"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void rules_withoutAPodMonitor_areSelectedByNamespaceAndPod() {
    // a namespace with the name of a metric: it is text, not a selector
    var rule =
        only(
            "PrometheusRule",
            "fullnameOverride: up",
            "liteferry: {enabled: true, prometheusRule: {enabled: true}}");
    assertTrue(
        rule.toString().contains("up-liteferry")
            && String.valueOf(rule.content())
                .contains(
                    "liteferry_volume_up{namespace=\"home\",container=\"liteferry\",pod=~\"up-([0-9]+|[a-z0-9]+-[a-z0-9]{5})\"}"
                        + " == 0"),
        () -> String.valueOf(rule.content()));
  }

  @ParameterizedTest
  @CsvSource({
    "mealie, mealie-0, true",
    "mealie, mealie-12, true",
    "mealie, mealie-7d9c5b6f84-x2x9q, true",
    "mealie, mealie-2-7d9c5b6f84-x2x9q, false",
    "mealie, mealie-2-0, false",
    "mealie, mealie-test-7d9c5b6f84-x2x9q, false",
    "mealie, my-mealie-0, false",
    "a-name-of-46-characters-0123456789012345678901, "
        + "a-name-of-46-characters-0123456789012345678901-7d9c5b6f84-x2x9q, true",
    // cut at 58 characters
    "a-name-of-47-characters-01234567890123456789012, "
        + "a-name-of-47-characters-01234567890123456789012-7d9c5b6f84x2x9q, true",
    "a-name-of-63-characters-012345678901234567890123456789012345678, "
        + "a-name-of-63-characters-0123456789012345678901234567890123x2x9q, true",
    "a-name-of-63-characters-012345678901234567890123456789012345678, "
        + "a-name-of-63-characters-012345678901234567890123456789012345678-0, true",
  })
  void rules_withoutAPodMonitor_matchThePodsOfThisWorkloadAlone(
      String name, String pod, boolean matched) {
    var rule =
        only(
            "PrometheusRule",
            "fullnameOverride: " + name,
            "liteferry: {enabled: true, prometheusRule: {enabled: true}}");
    var pattern = Pattern.compile("pod=~\"([^\"]+)\"").matcher(String.valueOf(rule.content()));
    assertTrue(pattern.find());
    assertEquals(matched, pod.matches(pattern.group(1)), pattern.group(1));
  }

  @Test
  void rules_settings_areUsed() {
    var rule =
        only(
            "PrometheusRule",
            """
            liteferry:
              enabled: true
              prometheusRule:
                enabled: true
                matchers: cluster="a"
                alertLabels: {team: home, severity: page}
                disabled: [LiteferryVolumeDown]
            """);
    var text = String.valueOf(rule.content());
    assertFalse(text.contains("LiteferryVolumeDown,"), text);
    for (var alert : Manifest.list(rule.list("spec.groups").getFirst(), "rules")) {
      assertEquals(Map.of("team", "home", "severity", "page"), alert.get("labels"));
      assertTrue(String.valueOf(alert.get("expr")).contains("{cluster=\"a\""), text);
    }
  }

  @Test
  void dashboard_isTheFile() {
    var map = only("ConfigMap", ALL);
    assertEquals("1", map.at("metadata.labels.grafana_dashboard"));
    var data = (Map<?, ?>) map.at("data");
    assertEquals(
        JsonParser.parseString(Checkout.read("helm-chart/liteferry/monitoring/dashboard.json")),
        JsonParser.parseString(String.valueOf(data.get("liteferry.json"))));
  }

  @Test
  void networkPolicy_byDefault_cutsNothingOffButTheMetrics() {
    var rendered = Chart.MEALIE.render(NEWEST, ALL);
    var policy = Manifest.only(rendered, "NetworkPolicy");
    assertEquals(
        Manifest.only(rendered, "Deployment").at("spec.selector.matchLabels"),
        policy.at("spec.podSelector.matchLabels"));
    assertEquals(List.of("Ingress"), policy.at("spec.policyTypes"));
    assertEquals(
        List.of(
            Map.of("ports", List.of(Map.of("protocol", "TCP", "port", 9000))),
            Map.of(
                "ports", List.of(Map.of("protocol", "TCP", "port", 9180)),
                "from",
                    List.of(
                        Map.of(
                            "namespaceSelector",
                            Map.of(
                                "matchLabels",
                                Map.of("kubernetes.io/metadata.name", "monitoring")))))),
        policy.list("spec.ingress"));
  }

  @Test
  void helmTest_on_asksTheApplicationAndLooksAtTheVolume() {
    var chart = Chart.MEALIE.withHooksAndNotes();
    for (var values :
        List.of("{}", "liteferry: {enabled: true}", "liteferry: {enabled: true, mode: classic}")) {
      var rendered = chart.render(NEWEST, values);
      assertEquals(List.of(), KubernetesSchema.NEWEST.findings(rendered), rendered);
      assertEquals(List.of(), KubernetesSchema.OLDEST.findings(chart.render("1.25.0", values)));
      var on = !values.equals("{}");
      var pod = Manifest.only(rendered, "Pod");
      assertEquals(
          on ? List.of("mealie", "liteferry-status", "liteferry-verify") : List.of("mealie"),
          pod.list("spec.containers").stream().map(container -> container.get("name")).toList());
      assertEquals("Never", pod.at("spec.restartPolicy"));
      // the service must not take it for the application
      var service = Manifest.only(rendered, "Service");
      assertFalse(
          ((Map<?, ?>) pod.at("metadata.labels"))
              .entrySet()
              .containsAll(((Map<?, ?>) service.at("spec.selector")).entrySet()));
      if (on) {
        for (var container : pod.list("spec.containers").subList(1, 3)) {
          assertEquals(
              List.of(
                  Map.of(
                      "name",
                      "liteferry-volume",
                      "mountPath",
                      "/liteferry/volume",
                      "readOnly",
                      true)),
              container.get("volumeMounts"));
        }
        assertEquals(
            Map.of(
                "name",
                "liteferry-volume",
                "persistentVolumeClaim",
                Map.of("claimName", "recipes-mealie")),
            pod.list("spec.volumes").getFirst());
      }
    }
  }

  /** That pod would wait until the claim is free, and Mealie never frees it. */
  @Test
  void helmTest_ofAClaimForOnePod_doesNotMountIt() {
    var rendered =
        Chart.MEALIE
            .withHooksAndNotes()
            .render(
                NEWEST,
                "liteferry: {enabled: true}",
                "persistence: {accessModes: [ReadWriteOncePod]}");
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(rendered), rendered);
    var pod = Manifest.only(rendered, "Pod");
    assertEquals(List.of(), pod.list("spec.volumes"));
    assertEquals(
        List.of("mealie"),
        pod.list("spec.containers").stream().map(container -> container.get("name")).toList());
  }

  @Test
  void notes_inEachState_sayWhatIsGoingOnAndTheNextStep() {
    var chart = Chart.MEALIE.withHooksAndNotes();
    has(
        notes(chart, "{}"),
        "Liteferry is off",
        "enabled: true",
        "upgrade",
        "docs/kubernetes/moving-out.md",
        "port-forward");
    has(
        notes(chart, "liteferry: {enabled: true}"),
        "Liteferry is on, as a native sidecar",
        "kubectl logs --namespace home deployment/recipes-mealie --container liteferry",
        "helm test recipes",
        "111 seconds",
        "kubectl scale --namespace home deployment/recipes-mealie --replicas=0",
        "Only if its last line is \"stopped: everything is on the volume\"",
        "liteferry.enabled to false",
        "docs/kubernetes/moving-out.md",
        "recipes-mealie stays");
    has(
        notes(chart, "liteferry: {enabled: true, mode: classic}"),
        "a classic sidecar",
        "--container liteferry-restore",
        "126 seconds");
    has(notes(chart, "persistence: {enabled: false}"), "ends with the pod");
    has(
        notes(chart, Checkout.read("helm-chart/mealie/ci/ingress-values.yaml")),
        "https://recipes.example.org");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ingress: {enabled: true}|http://mealie.example.org",
        "ingress: {enabled: true, tls: [{secretName: a}]}|https://mealie.example.org",
        "httpRoute: {enabled: true, parentRefs: [{name: a}], hostnames: [a.org]}|http://a.org",
      })
  void notes_withAnAddressThatMealieDoesNotKnow_sayWhatToSet(String outside, String address) {
    var chart = Chart.MEALIE.withHooksAndNotes();
    has(
        notes(chart, outside),
        "\n  " + address + "\n",
        "links in its mails and notifications begin with http://localhost:9000",
        "  mealie:\n    baseUrl: " + address + "\n");
    var known = notes(chart, outside + "\nmealie: {baseUrl: '%s'}".formatted(address));
    has(known, "\n  " + address + "\n");
    assertFalse(known.contains("baseUrl") || known.contains("port-forward"), known);
  }

  /** An upgrade with {@code --set} alone forgets the other values, and so where the data is. */
  @ParameterizedTest
  @ValueSource(strings = {"native", "classic"})
  void notes_withoutReplicas_sayHowToStartAndNothingThatNeedsAPod(String mode) {
    var chart = Chart.MEALIE.withHooksAndNotes();
    var on = "replicas: 0\nliteferry: {enabled: true, mode: %s}".formatted(mode);
    for (var values : List.of("replicas: 0", on)) {
      var text = notes(chart, values);
      has(
          text,
          "Mealie is stopped: replicas is 0. The data stays on the volume.",
          "set in your values file\n\n  replicas: 1\n",
          "helm upgrade recipes CHART --namespace home -f VALUES.yaml",
          "with --set replicas=1 alone, Mealie may start on another volume",
          "helm get values recipes --namespace home",
          "docs/kubernetes/moving-out.md",
          "recipes-mealie stays");
      for (var command : List.of("kubectl", "helm test", "port-forward", "changeme")) {
        assertFalse(text.contains(command), text);
      }
    }
    has(
        notes(chart, on),
        "Liteferry is on, as a " + mode + " sidecar",
        "Only if the agent's log ended with \"stopped: everything is on the volume\"");
    var lost = notes(chart, "replicas: 0\npersistence: {enabled: false}");
    has(lost, "Mealie is stopped", "ends with the pod");
    assertFalse(lost.contains("stays on the volume"), lost);
  }

  private static String notes(Chart chart, String values) {
    var found =
        Manifest.all(chart.render(NEWEST, values)).stream()
            .filter(manifest -> manifest.name().equals("notes"))
            .findFirst()
            .orElseThrow();
    return String.valueOf(found.at("data.notes"));
  }

  private static void has(String text, String... words) {
    for (var word : words) {
      assertTrue(text.contains(word), () -> word + " is not in\n" + text);
    }
    assertTrue(text.lines().allMatch(line -> line.length() <= 130), text);
  }
}
