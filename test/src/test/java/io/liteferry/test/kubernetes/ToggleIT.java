package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the toggle changes in a pod, and what it does not. */
@Tag("helm")
final class ToggleIT {
  private static final String NATIVE = "1.29.0";
  private static final String CLASSIC = "1.28.15";
  private static final String ON = "liteferry: {enabled: true}";

  private static Manifest deployment(String kubernetes, String... values) {
    return Manifest.only(Chart.MEALIE.render(kubernetes, values), "Deployment");
  }

  private static List<Map<String, Object>> containers(Manifest deployment, String group) {
    return Manifest.list(deployment.podSpec(), group);
  }

  private static Map<String, Object> container(Manifest deployment, String name) {
    return Stream.of("initContainers", "containers")
        .flatMap(group -> containers(deployment, group).stream())
        .filter(container -> name.equals(container.get("name")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no container " + name));
  }

  private static List<Object> names(Manifest deployment, String group) {
    return containers(deployment, group).stream().map(container -> container.get("name")).toList();
  }

  private static Map<Object, Object> volumes(Manifest deployment) {
    var volumes = new TreeMap<Object, Object>();
    for (var volume : Manifest.list(deployment.podSpec(), "volumes")) {
      var source = new LinkedHashMap<>(volume);
      volumes.put(source.remove("name"), source);
    }
    return volumes;
  }

  private static Map<Object, Object> environment(Map<String, Object> container) {
    var environment = new TreeMap<Object, Object>();
    for (var variable : Manifest.list(container, "env")) {
      var source = variable.get("valueFrom");
      environment.put(variable.get("name"), source == null ? variable.get("value") : source);
    }
    return environment;
  }

  @ParameterizedTest
  @ValueSource(strings = {NATIVE, CLASSIC})
  void on_application_isTheSameAsOff(String kubernetes) {
    var off = deployment(kubernetes);
    var on = deployment(kubernetes, ON);
    assertEquals(container(off, "mealie"), container(on, "mealie"));
    var pod = new TreeMap<String, Object>();
    ((Map<?, ?>) on.podSpec()).forEach((key, value) -> pod.put(String.valueOf(key), value));
    ((Map<?, ?>) off.podSpec())
        .forEach(
            (key, value) -> {
              if (!List.of("containers", "volumes", "terminationGracePeriodSeconds")
                  .contains(key)) {
                assertEquals(value, pod.remove(key), String.valueOf(key));
              }
            });
    assertEquals(
        List.of("containers", "initContainers", "terminationGracePeriodSeconds", "volumes"),
        List.copyOf(pod.keySet()));
  }

  @Test
  void off_rendered_nothingSpeaksOfLiteferry() {
    var rendered =
        Chart.MEALIE.render(
            NATIVE,
            """
            liteferry:
              enabled: false
              podMonitor: {enabled: true}
              prometheusRule: {enabled: true}
              dashboard: {enabled: true}
              networkPolicy: {enabled: true}
            """);
    assertFalse(rendered.replaceAll("#.*", "").contains("liteferry:"), rendered);
    var off = Manifest.only(rendered, "Deployment");
    assertEquals(Map.of("data", claim()), volumes(off));
    assertEquals(30, Manifest.at(off.podSpec(), "terminationGracePeriodSeconds"));
    assertEquals(600, off.at("spec.progressDeadlineSeconds"));
    assertNull(Manifest.at(off.podSpec(), "initContainers"));
    assertNull(off.at("spec.template.metadata.annotations"));
    assertFalse(
        Manifest.all(rendered).stream().anyMatch(m -> m.kind().equals("NetworkPolicy")), rendered);
  }

  private static Map<String, Object> claim() {
    return Map.of("persistentVolumeClaim", Map.of("claimName", "recipes-mealie"));
  }

  @ParameterizedTest
  @ValueSource(strings = {NATIVE, CLASSIC})
  void on_volumes_dataIsEmptyDirAndTheClaimIsTheAgentsAlone(String kubernetes) {
    var on = deployment(kubernetes, ON);
    assertEquals(
        Map.of(
            "data", Map.of("emptyDir", Map.of()),
            "liteferry-volume", claim(),
            "liteferry-state", Map.of("emptyDir", Map.of())),
        volumes(on));
    for (var group : List.of("initContainers", "containers")) {
      for (var container : containers(on, group)) {
        var mounts = new TreeMap<Object, Object>();
        Manifest.list(container, "volumeMounts")
            .forEach(mount -> mounts.put(mount.get("name"), mount.get("mountPath")));
        assertEquals(
            String.valueOf(container.get("name")).startsWith("liteferry")
                ? Map.of(
                    "data", "/liteferry/local",
                    "liteferry-volume", "/liteferry/volume",
                    "liteferry-state", "/liteferry/state")
                : Map.of("data", "/app/data"),
            mounts);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nfs|{server: nas, path: /export}",
        "hostPath|{path: /srv/mealie, type: Directory}",
        "csi|{driver: smb.csi.k8s.io, volumeAttributes: {source: //nas/mealie}}",
        "persistentVolumeClaim|{claimName: other}",
      })
  void on_volumeOfAnySource_becomesTheAgents(String source, String definition) {
    var values = "persistence: {volume: {%s: %s}}".formatted(source, definition);
    var off = deployment(NATIVE, values);
    var on = deployment(NATIVE, values, ON);
    assertEquals(
        KubernetesSchema.NEWEST.findings(Chart.MEALIE.render(NATIVE, values, ON)), List.of());
    assertNotNull(Manifest.at(volumes(off).get("data"), source));
    assertEquals(volumes(off).get("data"), volumes(on).get("liteferry-volume"));
  }

  /** Else what the application writes is in a directory that the agent does not look at. */
  @ParameterizedTest
  @ValueSource(strings = {NATIVE, CLASSIC})
  void subPath_isThatOfTheApplicationAndOfTheAgentOnBothSides(String kubernetes) {
    var values = "liteferry: {subPath: recipes/mealie}";
    var mounted =
        Map.<String, Object>of(
            "name", "data", "mountPath", "/app/data", "subPath", "recipes/mealie");
    var off = deployment(kubernetes, values);
    var on = deployment(kubernetes, values, ON);
    assertEquals(List.of(mounted), Manifest.list(container(off, "mealie"), "volumeMounts"));
    assertEquals(container(off, "mealie"), container(on, "mealie"));
    for (var group : List.of("initContainers", "containers")) {
      for (var container : containers(on, group)) {
        for (var mount : Manifest.list(container, "volumeMounts")) {
          assertEquals(
              "liteferry-state".equals(mount.get("name")) ? null : "recipes/mealie",
              mount.get("subPath"),
              () -> container.get("name") + ": " + mount);
        }
      }
    }
  }

  @Test
  void on_sizeLimits_areTheEmptyDirs() {
    var on =
        deployment(NATIVE, ON, "liteferry: {local: {sizeLimit: 10Gi}, state: {sizeLimit: 2Gi}}");
    assertEquals(Map.of("emptyDir", Map.of("sizeLimit", "10Gi")), volumes(on).get("data"));
    assertEquals(
        Map.of("emptyDir", Map.of("sizeLimit", "2Gi")), volumes(on).get("liteferry-state"));
  }

  @Test
  void native_sidecar_isFirstAndGatesTheApplication() {
    var extra = "extraInitContainers: [{name: look, image: busybox:1.37}]";
    var on = deployment(NATIVE, ON, extra);
    assertEquals(List.of("liteferry", "look"), names(on, "initContainers"));
    assertEquals(List.of("mealie"), names(on, "containers"));
    var sidecar = container(on, "liteferry");
    assertEquals("Always", sidecar.get("restartPolicy"));
    assertEquals(List.of("run"), sidecar.get("args"));
    assertEquals("/startupz", Manifest.at(sidecar, "startupProbe.httpGet.path"));
    assertEquals("liteferry", Manifest.at(sidecar, "startupProbe.httpGet.port"));
    assertEquals("/livez", Manifest.at(sidecar, "livenessProbe.httpGet.path"));
    assertNull(sidecar.get("readinessProbe"));
    assertFalse(environment(sidecar).containsKey("LITEFERRY_LINGER"));
  }

  @Test
  void classic_containers_restoreFirstAndWatchLast() {
    var extra =
        """
        extraInitContainers: [{name: look, image: busybox:1.37}]
        extraContainers: [{name: beside, image: busybox:1.37}]
        """;
    var on = deployment(CLASSIC, ON, extra);
    assertEquals(List.of("liteferry-restore", "look"), names(on, "initContainers"));
    assertEquals(List.of("mealie", "beside", "liteferry"), names(on, "containers"));
    var restore = container(on, "liteferry-restore");
    assertEquals(List.of("restore"), restore.get("args"));
    assertNull(restore.get("restartPolicy"));
    assertNull(restore.get("ports"));
    assertFalse(environment(restore).containsKey("LITEFERRY_LISTEN"));
    var watch = container(on, "liteferry");
    assertEquals(List.of("watch"), watch.get("args"));
    assertEquals("15s", environment(watch).get("LITEFERRY_LINGER"));
    assertNull(watch.get("restartPolicy"));
    // the same settings otherwise
    var both = environment(watch);
    both.keySet().removeAll(List.of("LITEFERRY_LINGER", "LITEFERRY_LISTEN"));
    assertEquals(environment(restore), both);
  }

  /** {@code restore} ends with 2 at an option that only {@code watch} has. */
  @Test
  void classic_extraArguments_areForWatchAlone() {
    var on = deployment(CLASSIC, ON, "liteferry: {extraArgs: [--linger=5s]}");
    assertEquals(List.of("restore"), container(on, "liteferry-restore").get("args"));
    assertEquals(List.of("watch", "--linger=5s"), container(on, "liteferry").get("args"));
  }

  @ParameterizedTest
  @CsvSource({
    "1.25.0, auto, classic",
    "1.28.15, auto, classic",
    "1.29.0, auto, native",
    "v1.29.0-eks-1234, auto, native",
    "v1.28.9+k3s1, auto, classic",
    "v1.36.2+k3s1, auto, native",
    "1.36.0, classic, classic",
    "1.28.0, native, native",
  })
  void mode_byVersion_isChosen(String kubernetes, String mode, String expected) {
    var on = deployment(kubernetes, ON, "liteferry: {mode: %s}".formatted(mode));
    var sidecar = names(on, "initContainers").contains("liteferry");
    assertEquals(expected, sidecar ? "native" : "classic");
  }

  @ParameterizedTest
  @CsvSource({
    // application, flush, pass, linger, heartbeat URL: then the sums
    "30, 20, 30, 5, {}, 111, 116",
    "60, 40, 120, 15, {}, 341, 356",
    "0, 1, 0, 0, {}, 2, 2",
    "30, 20, 30, 5, {value: https://a.org}, 116, 121",
    "30, 20, 30, 5, {secretName: heartbeat}, 116, 121",
  })
  void gracePeriod_isTheSum(
      int stop, int flush, int pass, int linger, String url, int inNative, int inClassic) {
    var values =
        """
        stopSeconds: %d
        liteferry:
          enabled: true
          agent: {flushTimeoutSeconds: %d, lingerSeconds: %d, heartbeatUrl: %s}
          shutdown: {longestPassSeconds: %d}
        """
            .formatted(stop, flush, linger, url, pass);
    var path = "terminationGracePeriodSeconds";
    assertEquals(inNative, Manifest.at(deployment(NATIVE, values).podSpec(), path));
    assertEquals(inClassic, Manifest.at(deployment(CLASSIC, values).podSpec(), path));
    assertEquals(
        stop,
        Manifest.at(deployment(NATIVE, values, "liteferry: {enabled: false}").podSpec(), path));
  }

  @Test
  void startupProbe_coversTheWaitForTheLeaseAndTheRestore() {
    var on =
        deployment(
            NATIVE,
            ON,
            "liteferry: {restore: {timeoutSeconds: 7200}, agent: {leaseWaitSeconds: 900}}");
    var probe = Manifest.at(container(on, "liteferry"), "startupProbe");
    var seconds =
        (Integer) Manifest.at(probe, "periodSeconds")
            * (Integer) Manifest.at(probe, "failureThreshold");
    assertEquals(8100, seconds);
    assertEquals("900s", environment(container(on, "liteferry")).get("LITEFERRY_LEASE_WAIT"));
    assertEquals(600 + 8100, on.at("spec.progressDeadlineSeconds"));
  }

  @ParameterizedTest
  @ValueSource(strings = {NATIVE, CLASSIC})
  void agent_securityContext_hasNoPrivilegeAndInheritsTheUser(String kubernetes) {
    var on = deployment(kubernetes, ON);
    for (var group : List.of("initContainers", "containers")) {
      for (var container : containers(on, group)) {
        if (String.valueOf(container.get("name")).startsWith("liteferry")) {
          assertEquals(
              Map.of(
                  "runAsNonRoot", true,
                  "readOnlyRootFilesystem", true,
                  "allowPrivilegeEscalation", false,
                  "capabilities", Map.of("drop", List.of("ALL")),
                  "seccompProfile", Map.of("type", "RuntimeDefault")),
              container.get("securityContext"));
          assertEquals("FallbackToLogsOnError", container.get("terminationMessagePolicy"));
          assertNotNull(Manifest.at(container, "resources.limits.memory"));
        }
      }
    }
    assertEquals(911, Manifest.at(on.podSpec(), "securityContext.runAsUser"));
  }

  @Test
  void agent_userOfItsOwn_isSet() {
    var on = deployment(NATIVE, ON, "liteferry: {runAsUser: 1000, runAsGroup: 100}");
    assertEquals(1000, Manifest.at(container(on, "liteferry"), "securityContext.runAsUser"));
    assertEquals(100, Manifest.at(container(on, "liteferry"), "securityContext.runAsGroup"));
    var root = deployment(NATIVE, ON, "liteferry: {runAsUser: 0}");
    assertEquals(false, Manifest.at(container(root, "liteferry"), "securityContext.runAsNonRoot"));
  }

  /** The kubelet starts no container that has the user 0 and {@code runAsNonRoot}. */
  @ParameterizedTest
  @CsvSource({
    "0, null, false",
    "0, 911, true",
    "911, 0, false",
    "911, null, true",
  })
  void agent_userOfThePod_decidesWhetherItMayBeRoot(String pod, String own, boolean nonRoot) {
    for (var kubernetes : List.of(NATIVE, CLASSIC)) {
      var on =
          deployment(
              kubernetes,
              ON,
              "podSecurityContext: {runAsUser: %s, runAsNonRoot: false}".formatted(pod),
              "liteferry: {runAsUser: %s}".formatted(own));
      for (var group : List.of("initContainers", "containers")) {
        for (var container : containers(on, group)) {
          if (String.valueOf(container.get("name")).startsWith("liteferry")) {
            assertEquals(nonRoot, Manifest.at(container, "securityContext.runAsNonRoot"));
          }
        }
      }
    }
  }

  /** Values from a file are floating-point numbers, which would be written with an exponent. */
  @ParameterizedTest
  @ValueSource(strings = {NATIVE, CLASSIC})
  void numbers_aboveAMillion_areWrittenInFull(String kubernetes) {
    var on =
        deployment(
            kubernetes,
            """
            podSecurityContext: {runAsUser: 1000660000, runAsGroup: 1000660001, fsGroup: 1000660001}
            securityContext: {runAsUser: 1000660000}
            liteferry:
              enabled: true
              runAsUser: 1000660000
              runAsGroup: 1000660001
              agent: {settleMilliseconds: 3600000, maxDelaySeconds: 604800, transfers: 64}
              restore: {timeoutSeconds: 604800}
            """);
    assertEquals("1000660000", environment(container(on, "mealie")).get("PUID"));
    assertEquals("1000660001", environment(container(on, "mealie")).get("PGID"));
    assertEquals(1000660000, Manifest.at(on.podSpec(), "securityContext.runAsUser"));
    assertEquals(1000660001, Manifest.at(on.podSpec(), "securityContext.fsGroup"));
    var agent = container(on, "liteferry");
    assertEquals(1000660000, Manifest.at(agent, "securityContext.runAsUser"));
    assertEquals(1000660001, Manifest.at(agent, "securityContext.runAsGroup"));
    assertEquals("3600000ms", environment(agent).get("LITEFERRY_SETTLE"));
    assertEquals("64", environment(agent).get("LITEFERRY_TRANSFERS"));
    assertFalse(String.valueOf(on.content()).matches("(?s).*[0-9]e\\+[0-9].*"), on::toString);
  }

  /** Without quotes YAML takes such a text for a number, for true, for nothing, or cuts it off. */
  @ParameterizedTest
  @ValueSource(strings = {"2024", "1e3", "true", "on", "null", "a #b", "a: b"})
  void text_thatYamlTakesForSomethingElse_staysAsItIs(String text) {
    var rendered =
        Chart.MEALIE
            .withHooksAndNotes()
            .render(
                NATIVE,
                """
                priorityClassName: 'TEXT'
                persistence: {existingClaim: 'TEXT'}
                serviceAccount: {name: 'TEXT'}
                ingress:
                  enabled: true
                  className: 'TEXT'
                  hosts: [{host: a.org, paths: [{path: '/TEXT', pathType: Prefix}]}]
                liteferry:
                  enabled: true
                  subPath: 'TEXT'
                  agent: {heartbeatUrl: {secretName: 'TEXT', secretKey: 'TEXT'}}
                """
                    .replace("TEXT", text));
    var pod = Manifest.only(rendered, "Deployment");
    assertEquals(text, Manifest.at(pod.podSpec(), "priorityClassName"));
    assertEquals(text, Manifest.at(pod.podSpec(), "serviceAccountName"));
    assertEquals(text, Manifest.only(rendered, "ServiceAccount").at("metadata.name"));
    assertEquals(
        Map.of("persistentVolumeClaim", Map.of("claimName", text)),
        volumes(pod).get("liteferry-volume"));
    assertEquals(
        Map.of("secretKeyRef", Map.of("name", text, "key", text)),
        environment(container(pod, "liteferry")).get("LITEFERRY_HEARTBEAT_URL"));
    var mounts = new ArrayList<>(Manifest.list(container(pod, "mealie"), "volumeMounts"));
    mounts.addAll(Manifest.list(container(pod, "liteferry"), "volumeMounts").subList(0, 2));
    for (var tests : Manifest.only(rendered, "Pod").list("spec.containers")) {
      mounts.addAll(Manifest.list(tests, "volumeMounts"));
    }
    assertEquals(5, mounts.size());
    for (var mount : mounts) {
      assertEquals(text, mount.get("subPath"), mount::toString);
    }
    var ingress = Manifest.only(rendered, "Ingress");
    assertEquals(text, ingress.at("spec.ingressClassName"));
    var rule = ingress.list("spec.rules").getFirst();
    assertEquals("/" + text, Manifest.list(rule, "http.paths").getFirst().get("path"));
  }

  @Test
  void names_ofDigits_areNames() {
    var rendered =
        Chart.MEALIE
            .withHooksAndNotes()
            .render(
                NATIVE,
                Checkout.read("helm-chart/mealie/ci/liteferry-everything-values.yaml"),
                """
                nameOverride: "2024"
                fullnameOverride: "2025"
                persistence: {size: "5000000000"}
                liteferry: {local: {sizeLimit: "6000000000"}, state: {sizeLimit: "1000"}}
                """);
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(rendered), rendered);
    assertEquals("2025", Manifest.only(rendered, "Service").name());
  }

  @Test
  void image_byDefault_hasTheVersionOfTheLibrary() {
    var library = Manifest.values(Checkout.read("helm-chart/liteferry/Chart.yaml"));
    assertEquals(
        "ghcr.io/liteferry/liteferry:" + library.get("appVersion"),
        container(deployment(NATIVE, ON), "liteferry").get("image"));
    var tag = deployment(NATIVE, ON, "liteferry: {image: {tag: 1.2.3}}");
    assertEquals("ghcr.io/liteferry/liteferry:1.2.3", container(tag, "liteferry").get("image"));
    var digest = "sha256:" + "0".repeat(64);
    var both = deployment(NATIVE, ON, "liteferry: {image: {tag: '1.2.3@%s'}}".formatted(digest));
    assertEquals(
        "ghcr.io/liteferry/liteferry:1.2.3@" + digest, container(both, "liteferry").get("image"));
    var pinned =
        deployment(NATIVE, ON, "liteferry: {image: {tag: 1.2.3, digest: '%s'}}".formatted(digest));
    assertEquals(
        "ghcr.io/liteferry/liteferry@" + digest, container(pinned, "liteferry").get("image"));
  }

  @Test
  void agent_everyOption_reachesItsVariable() {
    var on =
        deployment(NATIVE, Checkout.read("helm-chart/mealie/ci/liteferry-everything-values.yaml"));
    var sidecar = container(on, "liteferry");
    var environment = environment(sidecar);
    var expected = new TreeMap<Object, Object>();
    expected.put("LITEFERRY_LISTEN", "[::]:9999");
    expected.put("LITEFERRY_PAGE_NAMES", "true");
    expected.put("LITEFERRY_CHECK", "full");
    expected.put("LITEFERRY_CHECK_TIMEOUT", "1200s");
    expected.put("LITEFERRY_SETTLE", "500ms");
    expected.put("LITEFERRY_MAX_DELAY", "10s");
    expected.put("LITEFERRY_RESCAN", "300s");
    expected.put("LITEFERRY_DELETE_GUARD", "0s");
    expected.put("LITEFERRY_BUSY_TIMEOUT", "10s");
    expected.put("LITEFERRY_FLUSH_TIMEOUT", "60s");
    expected.put("LITEFERRY_PUBLISH", "auto");
    expected.put("LITEFERRY_FOLD_AFTER", "1200s");
    expected.put("LITEFERRY_LEASE_DURATION", "30s");
    expected.put("LITEFERRY_LEASE_WAIT", "900s");
    expected.put("LITEFERRY_READY_MAX_LAG", "600s");
    expected.put("LITEFERRY_TRANSFERS", "4");
    expected.put("LITEFERRY_INCLUDE", "*");
    expected.put("LITEFERRY_EXCLUDE", "mealie.log*,/.temp");
    expected.put("LITEFERRY_ACCEPT_OLDER", "true");
    expected.put("LITEFERRY_KEEP", "history");
    expected.put("LITEFERRY_KEEP_ALL", "7200s");
    expected.put("LITEFERRY_KEEP_HOURLY", "12");
    expected.put("LITEFERRY_KEEP_DAILY", "7");
    expected.put("LITEFERRY_KEEP_WEEKLY", "4");
    expected.put("LITEFERRY_KEEP_BYTES", "4GiB");
    expected.put("LITEFERRY_KEEP_FILE_BYTES", "100MB");
    expected.put("LITEFERRY_KEEP_EXCLUDE", "*.log");
    expected.put("LITEFERRY_LOG_FORMAT", "json");
    expected.put("LITEFERRY_LOG_LEVEL", "debug");
    expected.put(
        "LITEFERRY_HEARTBEAT_URL",
        Map.of("secretKeyRef", Map.of("name", "heartbeat", "key", "mealie")));
    expected.put("LITEFERRY_HEARTBEAT_INTERVAL", "300s");
    expected.put("LITEFERRY_LOCAL_LIMIT", "10737418240");
    expected.put("LITEFERRY_STATE_LIMIT", "2147483648");
    expected.put("JDK_JAVA_OPTIONS", "-Xmx512m");
    expected.put("TZ", "Europe/Berlin");
    assertEquals(expected, environment);
    assertEquals(
        List.of("run", "--at=2026-11-27T18:00:00+01:00", "--request=again", "--rescan=300s"),
        sidecar.get("args"));
    assertEquals("Always", sidecar.get("imagePullPolicy"));
    assertEquals(9999, Manifest.list(sidecar, "ports").getFirst().get("containerPort"));
    assertEquals("/readyz", Manifest.at(sidecar, "readinessProbe.httpGet.path"));
    assertEquals(20, Manifest.at(sidecar, "readinessProbe.periodSeconds"));
    assertEquals(60, Manifest.at(sidecar, "livenessProbe.periodSeconds"));
    var mounts = Manifest.list(sidecar, "volumeMounts");
    assertEquals("mealie", mounts.get(0).get("subPath"));
    assertEquals("mealie", mounts.get(1).get("subPath"));
    assertEquals(
        "mealie", Manifest.list(container(on, "mealie"), "volumeMounts").getFirst().get("subPath"));
    assertEquals("/more", mounts.get(3).get("mountPath"));
    assertEquals(
        Map.of(
            "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", "data,liteferry-state",
            "backup.velero.io/backup-volumes-excludes", "data,liteferry-state",
            "prometheus.io/scrape", "true",
            "prometheus.io/path", "/metrics",
            "prometheus.io/port", "9999"),
        on.at("spec.template.metadata.annotations"));
  }

  @Test
  void options_ofTheAgent_haveAValueEach() {
    // what a pod decides by itself, or what other commands have
    var fixed =
        Set.of(
            "STATE",
            "LISTEN",
            "KEEP_LOCAL",
            "OWNER",
            "CONFIG",
            "COPY",
            "DRY_RUN",
            "JSON",
            "AT", // an argument, as REQUEST
            "REQUEST",
            "NEAREST",
            "ONLY",
            "ALL_VERSIONS",
            "TIME_ZONE",
            "ACCEPT_OLDER"); // not of the container that watches
    var environment =
        environment(
            container(
                deployment(
                    CLASSIC,
                    Checkout.read("helm-chart/mealie/ci/liteferry-everything-values.yaml")),
                "liteferry"));
    var option = Pattern.compile("^- `--([a-z-]+)[^(]*\\((?:`(?:run|watch|restore)[|`]|all\\))");
    var found = 0;
    for (var line : Checkout.read("docs/configuration.md").lines().toList()) {
      var matcher = option.matcher(line);
      if (matcher.find()) {
        var variable = matcher.group(1).replace('-', '_').toUpperCase(Locale.ROOT);
        if (!fixed.contains(variable)) {
          found++;
          assertTrue(environment.containsKey("LITEFERRY_" + variable), line);
        }
      }
    }
    assertTrue(
        found > 15, "docs/configuration.md has only " + found + " options that were recognised");
  }
}
