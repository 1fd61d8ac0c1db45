package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The chart that docs/kubernetes/chart-authors.md shows, exactly as it stands there. */
@Tag("helm")
final class ChartAuthorsIT {
  private static final String PAGE = "docs/kubernetes/chart-authors.md";
  private static final Map<String, String> FILES = files();
  private static final Chart NOTES = Chart.of("notes", FILES);

  private static Map<String, String> files() {
    var files = new TreeMap<String, String>();
    var block = Pattern.compile("(?ms)^```yaml\\n# notes/(\\S+)\\n(.*?)^```$");
    for (var found = block.matcher(Checkout.read(PAGE)); found.find(); ) {
      files.put(
          found.group(1),
          found.group(2).replace("oci://ghcr.io/liteferry/charts", "file://../liteferry"));
    }
    return files;
  }

  /** The chart as it was before, of which the page shows what became. */
  private static final String BEFORE =
      """
      apiVersion: v2
      name: notes
      version: 1.0.0
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: {{ .Release.Name | quote }}
      spec:
        replicas: 1
        selector:
          matchLabels:
            app: {{ .Release.Name | quote }}
        template:
          metadata:
            labels:
              app: {{ .Release.Name | quote }}
          spec:
            securityContext:
              runAsUser: 1000
              runAsGroup: 1000
              fsGroup: 1000
            containers:
              - name: notes
                image: registry.example.org/notes:1.0
                volumeMounts:
                  - name: data
                    mountPath: /data
            volumes:
              - name: data
                nfs:
                  {{- toYaml .Values.nfs | nindent 12 }}
      nfs: {server: nas.example.org, path: /export/notes}
      """;

  @Test
  void chart_gainsTwelveLinesAtMost() {
    var gained = new ArrayList<String>();
    for (var file : List.of("Chart.yaml", "templates/deployment.yaml", "values.yaml")) {
      FILES.get(file).lines().map(String::strip).forEach(gained::add);
    }
    BEFORE.lines().map(String::strip).forEach(gained::remove);
    assertTrue(gained.size() > 8 && gained.size() <= 12, gained::toString);
  }

  @Test
  void off_isTheChartAsItWas() {
    var off = NOTES.render("1.25.0");
    assertFalse(off.contains("liteferry:"), off);
    var deployment = Manifest.only(off, "Deployment");
    assertEquals(
        List.of(
            Map.of(
                "name",
                "data",
                "nfs",
                Map.of("server", "nas.example.org", "path", "/export/notes"))),
        Manifest.list(deployment.podSpec(), "volumes"));
    // an empty list, which the API server takes and the schema does not
    assertEquals(
        List.of(),
        KubernetesSchema.OLDEST.findings(off.replaceFirst("(?m)^ *initContainers:\\s*\\n", "")));
  }

  @Test
  void on_everythingEnabled_isWhatKubernetesTakes() {
    var values =
        """
        liteferry:
          enabled: true
          podMonitor: {enabled: true}
          prometheusRule: {enabled: true}
          dashboard: {enabled: true}
          networkPolicy: {enabled: true}
          rehearsal: {enabled: true}
        """;
    var on = NOTES.render("1.36.0", values);
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(on), on);
    var pod = Manifest.only(on, "Deployment").podSpec();
    assertEquals("Always", Manifest.list(pod, "initContainers").getFirst().get("restartPolicy"));
    assertEquals(
        List.of("data", "liteferry-volume", "liteferry-state"),
        Manifest.list(pod, "volumes").stream().map(volume -> volume.get("name")).toList());
    var classic = NOTES.render("1.28.0", values);
    assertEquals(List.of(), KubernetesSchema.OLDEST.findings(classic), classic);
    for (var kind :
        List.of("PodMonitor", "PrometheusRule", "ConfigMap", "NetworkPolicy", "CronJob")) {
      assertEquals(Chart.RELEASE, Manifest.only(on, kind).at("metadata.labels.app"), kind);
    }
  }

  @Test
  void linesThatThePageNamesBesides_areTemplates() {
    var templates = new StringBuilder();
    for (var file : List.of("_names.tpl", "_pod.tpl", "_objects.tpl", "_words.tpl")) {
      templates.append(Checkout.read("helm-chart/liteferry/templates/" + file));
    }
    var named = Pattern.compile("`(?:[^`]*\")?(liteferry\\.[a-zA-Z]+)(?:\"[^`]*)?`");
    var found = 0;
    for (var page : List.of(PAGE, "helm-chart/liteferry/README.md")) {
      for (var matcher = named.matcher(Checkout.read(page)); matcher.find(); found++) {
        var value =
            Manifest.at(
                Manifest.values(Checkout.read("helm-chart/liteferry/values.yaml")),
                matcher.group(1).replace("liteferry.", ""));
        assertTrue(
            value != null
                || matcher.group(1).equals("liteferry.runAsUser")
                || templates.toString().contains("define \"" + matcher.group(1) + "\""),
            matcher.group());
      }
    }
    assertTrue(found > 10);
  }

  /** A chart without a schema for its volume, and a template that makes nothing of a value. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: data, nsf: {server: nas, path: /x}}|Did you mean nfs?",
        "{name: data, nfs: null}|nothing below \"nfs\"",
        "{name: data, persistentVolumeClaim: {}}|nothing below \"persistentVolumeClaim\"",
        "{name: data, server: nas}|\"server\", which must be below a source, as {nfs:",
        "{name: data, configMap: {name: a}}|\"configMap\", which does not keep",
        "{name: data}|no source: the data would end with the pod",
        "{name: data, emptyDir: {}, nfs: {server: nas, path: /x}}|more than one source: emptyDir"
            + " and nfs",
      })
  void volume_withoutASourceThatKeepsData_isRefusedInBothStates(String volume, String words) {
    var chart = withVolume("notes-refused", volume);
    for (var values : List.of("{}", "liteferry: {enabled: true}")) {
      var message = chart.refusal("1.36.0", values);
      assertTrue(message.contains(words), () -> volume + "\n" + words + "\n" + message);
    }
  }

  @Test
  void emptyDir_isRefusedWithLiteferryAlone() {
    var chart = withVolume("notes-emptydir", "{name: data, emptyDir: {}}");
    assertEquals(
        List.of(Map.of("name", "data", "emptyDir", Map.of())),
        Manifest.list(Manifest.only(chart.render("1.36.0"), "Deployment").podSpec(), "volumes"));
    var message = chart.refusal("1.36.0", "liteferry: {enabled: true}");
    assertTrue(message.contains("there is nothing to keep the data on"), message);
  }

  private static Chart withVolume(String chart, String volume) {
    var files = new TreeMap<>(FILES);
    files.put("templates/_data.tpl", "{{ define \"data\" }}%s{{ end }}".formatted(volume));
    files.replaceAll(
        (path, text) ->
            text.replace("(dict \"name\" \"data\" \"nfs\" .Values.nfs)", "(include \"data\" .)"));
    return Chart.of(chart, files);
  }

  @Test
  void alias_isRefused() {
    var files = new TreeMap<>(FILES);
    files.compute(
        "Chart.yaml",
        (path, content) ->
            content.replace("  - name: liteferry", "  - name: liteferry\n    alias: ferry"));
    var message = Chart.of("notes-alias", files).refusal("1.36.0", "ferry: {enabled: true}");
    assertTrue(message.contains("an alias or a condition is not supported"), message);
  }
}
