package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.constructor.DuplicateKeyException;

/** That the judge of the manifests is a strict one. */
final class KubernetesSchemaIT {
  private static final String GOOD =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: app
        labels: {app: app}
      spec:
        replicas: 1
        selector: {matchLabels: {app: app}}
        template:
          metadata:
            labels: {app: app}
          spec:
            initContainers:
              - name: first
                image: example.org/first:1
            containers:
              - name: app
                image: example.org/app:1
                env: [{name: A, value: "1"}]
                ports: [{name: http, containerPort: 80}]
                startupProbe: {httpGet: {path: /, port: http}}
                resources: {limits: {cpu: 1, memory: 64Mi}}
                volumeMounts: [{name: data, mountPath: /data}]
            volumes:
              - name: data
                emptyDir: {}
      """;

  @Test
  void good_bothVersions_hasNoFindings() {
    assertEquals(List.of(), KubernetesSchema.OLDEST.findings(GOOD));
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(GOOD));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "replicas: 1|replicas: many|integer expected",
        "replicas: 1|replicas: '1'|integer expected",
        "replicas: 1|replcas: 1|replcas",
        "emptyDir: {}|emptyDirectory: {}|emptyDirectory",
        "emptyDir: {}|emptyDir: {sizeLimit: 1 GB}|sizeLimit",
        "kind: Deployment|kind: Deploymnt|no apps/v1 Deploymnt",
        "apps/v1|extensions/v1beta1|no extensions/v1beta1 Deployment",
        "labels: {app: app}|labels: {app: true}|string expected",
        "labels: {app: app}|labels: {app: 'a b'}|not a label",
        "matchLabels: {app: app}|matchLabels: {app: other}|does not select",
        "name: app|name: App|not a DNS name",
        "name: first|name: app|two containers",
        "image: example.org/first:1|restartPolicy: Always|no image",
        "image: example.org/first:1|{image: a, livenessProbe: {exec: {command: [a]}}}|livenessProbe"
            + " is for",
        "name: data, mountPath|name: date, mountPath|no such volume",
        "name: data, mountPath: /data|name: data, mountPath: 1|string expected",
        "name: A, value: '1'|name: A, value: 1|string expected",
        "[{name: A|[{name: A},{name: A|twice",
        "memory: 64Mi|memory: 64MB|pattern",
        "port: http}|prt: http}|prt",
        "name: http, |name: a-very-long-name-for-a-port, |15 characters",
      })
  void oneFault_isFound(String from, String to, String words) {
    var right = from.replace('\'', '"');
    assertTrue(GOOD.contains(right), right);
    var wrong =
        to.startsWith("{image")
            ? GOOD.replace(
                "- name: first\n          " + right, "- {name: first, " + to.substring(1))
            : GOOD.replaceFirst(Pattern.quote(right), to.replace('\'', '"'));
    var findings = KubernetesSchema.NEWEST.findings(wrong);
    assertTrue(findings.toString().contains(words), () -> findings + "\n" + wrong);
  }

  @Test
  void keyTwice_isAnError() {
    assertThrows(
        DuplicateKeyException.class,
        () ->
            KubernetesSchema.NEWEST.findings(
                GOOD.replace("replicas: 1", "replicas: 1\n  replicas: 1")));
  }

  @Test
  void sidecar_oldestVersion_doesNotKnowIt() {
    var sidecar =
        GOOD.replace("image: example.org/first:1", "image: a\n          restartPolicy: Always");
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(sidecar));
    var findings = KubernetesSchema.OLDEST.findings(sidecar);
    assertTrue(findings.toString().contains("restartPolicy"), findings::toString);
  }
}
