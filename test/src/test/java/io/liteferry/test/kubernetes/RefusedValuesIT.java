package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong values, and the words by which whoever wrote them finds what to mend. */
@Tag("helm")
final class RefusedValuesIT {
  private static final String NEWEST = "1.36.0";

  private static void isRefused(String values, String words) {
    var message = Chart.MEALIE.refusal(NEWEST, values);
    for (var word : words.split(" & ", -1)) {
      assertTrue(
          message.contains(word),
          () -> values + "\nmust be refused with: " + word + "\n" + message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "enabled: maybe|/enabled & want boolean",
        "enable: true|additional properties 'enable' not allowed",
        "mode: sidecar|/mode & 'auto', 'native', 'classic'",
        "image: {repository: ''}|/image/repository",
        "image: {repository: liteferry:1.0}|/image/repository",
        "image: {tag: 1.0}|/image/tag & want string",
        "image: {tag: '1.2.3@sha256:12'}|/image/tag & sha256:[0-9a-f]{64}",
        "image: {digest: 0123}|/image/digest",
        "image: {digest: 'sha256:12'}|/image/digest & sha256:[0-9a-f]{64}",
        "image: {pullPolicy: Sometimes}|/image/pullPolicy & 'IfNotPresent'",
        "image: {name: x}|additional properties 'name'",
        "dataVolume: Data|/dataVolume",
        "dataVolume: liteferry-volume|/dataVolume",
        "subPath: /mealie|/subPath",
        "subPath: ../other|/subPath",
        "local: {sizeLimit: 10 GB}|/local/sizeLimit",
        "local: {sizeLimit: 4Gi}|sizeLimit is 4Gi, and persistence.size 5Gi & leave it out",
        "local: {sizeLimit: 4.9G}|sizeLimit is 4.9G, and persistence.size 5Gi",
        "state: {sizeLimit: 5}|/state/sizeLimit & want string",
        "runAsUser: root|/runAsUser",
        "runAsUser: -1|/runAsUser & minimum",
        "runAsGroup: wheel|/runAsGroup",
        "securityContext: none|/securityContext & want object",
        "resources: {memory: 1Gi}|/resources & 'memory'",
        "javaOptions: [-Xmx1g]|/javaOptions & want string",
        "javaOptions: -Xmx384m|-Xmx384m does not fit into & 384Mi & leave the option out",
        "javaOptions: '-Xmx64m -XX:MaxHeapSize=400000k'|-XX:MaxHeapSize=400000k does not fit",
        "javaOptions: -Xms200m -Xmx100m|-Xms200m is more than -Xmx100m & Leave it out",
        "extraEnv: [{name: JDK_JAVA_OPTIONS, value: -Xmx1g}]|-Xmx1g does not fit",
        "restore: {timeoutSeconds: 0}|/restore/timeoutSeconds & minimum",
        "restore: {timeoutSeconds: 1h}|/restore/timeoutSeconds & want integer",
        "rehearsal: {schedule: weekly}|/rehearsal/schedule",
        "rehearsal: {sizeLimit: 10 GB}|/rehearsal/sizeLimit",
        "rehearsal: {timeoutSeconds: 0}|/rehearsal/timeoutSeconds & minimum",
        "shutdown: {longestPassSeconds: -1}|/shutdown/longestPassSeconds & minimum",
        "agent: {check: thorough}|/agent/check & 'none', 'quick', 'full'",
        "agent: {checkTimeoutSeconds: 0}|/agent/checkTimeoutSeconds",
        "agent: {settleMilliseconds: 250ms}|/agent/settleMilliseconds",
        "agent: {settleMilliseconds: -1}|/agent/settleMilliseconds",
        "agent: {maxDelaySeconds: 0.5}|/agent/maxDelaySeconds",
        "agent: {maxDelaySeconds: -3}|/agent/maxDelaySeconds & minimum",
        "agent: {rescanSeconds: 0}|/agent/rescanSeconds & minimum",
        "agent: {deleteGuardSeconds: never}|/agent/deleteGuardSeconds",
        "agent: {shrinkGuardPercent: 50}|/agent & 'shrinkGuardPercent'",
        "agent: {busyTimeoutSeconds: -1}|/agent/busyTimeoutSeconds",
        "agent: {flushTimeoutSeconds: 0}|/agent/flushTimeoutSeconds & minimum",
        "agent: {leaseDurationSeconds: 0}|/agent/leaseDurationSeconds & minimum",
        "agent: {leaseWaitSeconds: -1}|/agent/leaseWaitSeconds",
        "agent: {lingerSeconds: -5}|/agent/lingerSeconds & minimum",
        "agent: {readyMaxLagSeconds: 0}|/agent/readyMaxLagSeconds",
        "agent: {transfers: 0}|/agent/transfers & minimum",
        "agent: {transfers: 65}|/agent/transfers & maximum",
        "agent: {include: '*.db'}|/agent/include & want array",
        "agent: {exclude: ['a,b']}|/agent/exclude/0 & ^[^,]+$",
        "agent: {logFormat: xml}|/agent/logFormat & 'text', 'json'",
        "agent: {logLevel: trace}|/agent/logLevel & 'error', 'warn', 'info', 'debug'",
        "agent: {heartbeatUrl: 'https://x.org'}|/agent/heartbeatUrl & want object",
        "agent: {heartbeatUrl: {value: hc-ping.com/x}}|/agent/heartbeatUrl/value & https?://",
        "agent: {heartbeatUrl: {value: 'https://a.org:65536/x'}}|/agent/heartbeatUrl/value",
        "agent: {heartbeatUrl: {value: 'https://a.org:99999'}}|/agent/heartbeatUrl/value",
        "agent: {heartbeatUrl: {value: 'https://a.org:0/'}}|/agent/heartbeatUrl/value",
        "agent: {heartbeatUrl: {value: 'http://[::1]:70000/'}}|/agent/heartbeatUrl/value",
        "agent: {heartbeatUrl: {value: 'https://me:secret@a.org/'}}|/agent/heartbeatUrl/value",
        "agent: {heartbeatUrl: {value: 'https://a.org', secretName: b}}|either value or secretName",
        "agent: {heartbeatUrl: {secretName: b, secretKey: ''}}|/agent/heartbeatUrl/secretKey",
        "agent: {maxDelay: 2s}|additional properties 'maxDelay'",
        "agent: {maxDelaySeconds: 1, settleMilliseconds: 5000}|maxDelaySeconds &"
            + " settleMilliseconds",
        "agent: {settleMilliseconds: 5000}|maxDelaySeconds & settleMilliseconds",
        "port: 99999|/port & maximum",
        "port: http|/port & want integer",
        "port: 9000|liteferry.port: 9000 is a port of the application & 9180",
        "listenAddress: '::'|/listenAddress",
        "pageNames: 'yes'|/pageNames",
        "liveness: {periodSeconds: 0}|/liveness/periodSeconds",
        "liveness: {timeout: 3}|/liveness & 'timeout'",
        "readiness: {enabled: 1}|/readiness/enabled & want boolean",
        "extraEnv: {A: b}|/extraEnv & want array",
        "extraEnv: [{name: LITEFERRY_OWNER, value: x}]|extraEnv: LITEFERRY_OWNER & Remove it",
        "extraArgs: --rescan=5m|/extraArgs & want array",
        "extraArgs: [--owner=x]|extraArgs: --owner=x & the pod before still flushes",
        "extraArgs: [--rescan=5m, --owner, x]|extraArgs: --owner & Remove it",
        "extraVolumeMounts: [/x]|/extraVolumeMounts/0 & want object",
        "podAnnotations: {example.org/a: b}|/podAnnotations & 'example.org/a'",
        "podMonitor: {interval: 30}|/podMonitor/interval & want string",
        "podMonitor: {interval: often}|/podMonitor/interval",
        "podMonitor: {labels: {a: 1}}|/podMonitor/labels/a & want string",
        "prometheusRule: {enabled: true, disabled: [Nothing]}|no alert \"Nothing\" &"
            + " LiteferryVolumeDown",
        "dashboard: {enabled: 'yes'}|/dashboard/enabled",
        "networkPolicy: {metricsFrom: monitoring}|/networkPolicy/metricsFrom & want array",
      })
  void library_wrongValue_isRefused(String wrong, String words) {
    var separator = wrong.startsWith("enable") ? "\n  mode: auto\n  " : "\n  enabled: true\n  ";
    isRefused("liteferry:" + separator + wrong, words);
  }

  /** Helm takes a value that is null away with its default, before it asks the schema. */
  @ParameterizedTest
  @CsvSource({
    "liteferry, mode",
    "liteferry, image",
    "liteferry, local",
    "liteferry, state",
    "liteferry, restore",
    "liteferry, rehearsal",
    "liteferry, shutdown",
    "liteferry, agent",
    "liteferry, port",
    "liteferry, listenAddress",
    "liteferry, pageNames",
    "liteferry, liveness",
    "liteferry, readiness",
    "liteferry, podAnnotations",
    "liteferry, podMonitor",
    "liteferry, prometheusRule",
    "liteferry, dashboard",
    "liteferry, networkPolicy",
    "liteferry.image, repository",
    "liteferry.image, pullPolicy",
    "liteferry.restore, timeoutSeconds",
    "liteferry.rehearsal, schedule",
    "liteferry.shutdown, longestPassSeconds",
    "liteferry.agent, flushTimeoutSeconds",
    "liteferry.agent, leaseWaitSeconds",
    "liteferry.agent, lingerSeconds",
    "liteferry.agent, heartbeatUrl",
    "liteferry.agent.heartbeatUrl, secretKey",
    "liteferry.liveness, periodSeconds",
    "liteferry.readiness, failureThreshold",
    "liteferry.prometheusRule, alertLabels",
    "liteferry.prometheusRule, disabled",
    "liteferry.networkPolicy, applicationPorts",
    "'', replicas",
    "'', image",
    "'', mealie",
    "'', persistence",
    "'', service",
    "'', ingress",
    "'', httpRoute",
    "'', serviceAccount",
    "'', podSecurityContext",
    "'', podAnnotations",
    "'', stopSeconds",
    "image, repository",
    "mealie, baseUrl",
    "persistence, size",
    "persistence, accessModes",
    "persistence, keep",
    "service, port",
    "startupProbe, periodSeconds",
  })
  void valueThatIsNeeded_null_isRefused(String in, String name) {
    var values = "{%s: null}".formatted(name);
    for (var outer : in.isEmpty() ? List.<String>of() : List.of(in.split("\\.", -1)).reversed()) {
      values = "{%s: %s}".formatted(outer, values);
    }
    var message = Chart.MEALIE.refusal(NEWEST, values);
    var at =
        ("/" + in.replace('.', '/')).replaceFirst("^/(liteferry/?|$)", "/").replaceFirst("/$", "");
    assertTrue(message.contains("at '" + at + "': missing propert"), message);
    assertTrue(message.contains("'" + name + "'"), message);
  }

  /** What may be taken away: there the agent's own default holds, or nothing is rendered. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "resources: null",
        "resources: {limits: null}",
        "securityContext: null",
        "extraArgs: null",
        "javaOptions: null",
        "subPath: null",
        "local: {sizeLimit: null}",
        "image: {tag: null, digest: null}",
        "agent: {maxDelaySeconds: null, exclude: null, heartbeatUrl: {value: null}}",
        "podMonitor: {enabled: true, interval: null, labels: null}",
        "rehearsal: {enabled: true, sizeLimit: null}",
        "networkPolicy: {enabled: true, metricsFrom: null}",
      })
  void valueThatIsNotNeeded_null_isLeftOut(String values) {
    var rendered = Chart.MEALIE.render(NEWEST, "liteferry:\n  enabled: true\n  " + values);
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(rendered));
    assertFalse(rendered.contains("nil>") || rendered.contains("!("), rendered);
  }

  @Test
  void javaOptions_inTwoPlaces_areRefused() {
    isRefused(
        "liteferry: {enabled: true, javaOptions: -Xss1m, extraEnv: [{name: JDK_JAVA_OPTIONS, value:"
            + " -Xmx99m}]}",
        "would replace liteferry.javaOptions & Give one");
  }

  /** What is refused otherwise, and fits. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "javaOptions: -Xmx320m",
        "javaOptions: -Xmx2g -Xmx64m",
        "javaOptions: -Xmx1g, resources: {limits: {memory: 1.2G}}",
        "javaOptions: -Xmx1g, resources: {limits: {memory: 1200000000}}",
        "javaOptions: -Xmx1g, resources: {limits: {memory: null}}",
        "local: {sizeLimit: 5Gi}",
      })
  void limits_withRoom_areTaken(String values) {
    var rendered = Chart.MEALIE.render(NEWEST, "liteferry: {enabled: true, " + values + "}");
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(rendered), rendered);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://hc-ping.com/5f2c1a9e",
        "http://uptime-kuma.home.svc.cluster.local:3001/api/push/x?status=up&msg=OK",
        "https://a.org:65535",
        "http://192.168.1.2:8080/",
        "http://[fd00::2]:8080/ping",
        "https://a.org?x=a:99999",
      })
  void heartbeatUrl_ofHttp_isTaken(String url) {
    var rendered =
        Chart.MEALIE.render(
            NEWEST,
            "liteferry: {enabled: true, agent: {heartbeatUrl: {value: '%s'}}}".formatted(url));
    assertTrue(rendered.contains(url), rendered);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "replicas: 2|/replicas & one of 0, 1",
        "replicas: '1'|/replicas",
        "replicaCount: 1|additional properties 'replicaCount'",
        "image: {pullPolicy: always}|/image/pullPolicy",
        "nameOverride: My_Mealie|/nameOverride",
        "mealie: {baseUrl: mealie.example.org}|/mealie/baseUrl & https?://",
        "mealie: {allowSignup: 'no'}|/mealie/allowSignup & want boolean",
        "mealie: {logLevel: loud}|/mealie/logLevel",
        "mealie: {smtp: {}}|additional properties 'smtp'",
        "liteferry: true|liteferry",
        "persistence: {accessModes: [ReadOnlyMany]}|/persistence/accessModes/0",
        "persistence: {accessModes: []}|/persistence/accessModes",
        "persistence: {size: lots}|/persistence/size",
        "persistence: {volume: nfs}|/persistence/volume & want object",
        "persistence: {storageClassName: nfs}|additional properties 'storageClassName'",
        "service: {type: ExternalName}|/service/type",
        "service: {port: 0}|/service/port",
        "ingress: {hosts: [{host: a.org}]}|/ingress/hosts/0 & 'paths'",
        "ingress: {hosts: [{host: a.org, paths: [{path: x, pathType: Prefix}]}]}|/path",
        "httpRoute: {enabled: true}|httpRoute.parentRefs",
        "stopSeconds: -1|/stopSeconds & minimum",
        "stopSeconds: 1000000|/stopSeconds & maximum",
        "livenessProbe: {periodSeconds: 1000000}|/livenessProbe/periodSeconds & maximum",
        "startupProbe: {failureThreshold: 0}|/startupProbe/failureThreshold",
        "extraEnv: {A: b}|/extraEnv & want array",
        "extraObjects: [1]|/extraObjects/0",
      })
  void mealie_wrongValue_isRefused(String wrong, String words) {
    isRefused(wrong, words);
  }

  @Test
  void on_withoutAVolumeThatKeepsData_isRefused() {
    isRefused(
        "{persistence: {enabled: false}, liteferry: {enabled: true}}",
        "there is nothing to keep the data on & Turn persistence on, or Liteferry off");
    isRefused(
        "{persistence: {volume: {nfs: {server: a, path: /b, readOnly: true}}}, liteferry: {enabled:"
            + " true}}",
        "the data volume is read-only");
  }

  /** The API server would drop what it does not know, and make an emptyDir of what is left. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{nsf: {server: nas, path: /x}}|\"nsf\" & no source & Did you mean nfs? & hostPath",
        "{NFS: {server: nas, path: /x}}|\"NFS\" & Did you mean nfs?",
        "{persistentvolumeClaim: {claimName: a}}|Did you mean persistentVolumeClaim?",
        "{hostpath: {path: /x}}|Did you mean hostPath?",
        "{pvc: {claimName: a}}|\"pvc\" & It needs one source & persistentVolumeClaim, nfs, csi",
        "{nsf: null}|\"nsf\" & Did you mean nfs?",
        "{server: nas, path: /x}|\"path\" and \"server\", which must be below a source & {nfs:"
            + " {server",
        "{claimName: a}|\"claimName\", which must be below & {persistentVolumeClaim: {claimName:",
        "{name: other, nfs: {server: nas, path: /x}}|persistence.volume: leave name away",
        "{nfs: null}|/persistence/volume/nfs & got null, want object",
        "{nfs: {}}|/persistence/volume/nfs & 'server', 'path'",
        "{nfs: {server: nas}}|/persistence/volume/nfs & 'path'",
        "{nfs: {server: '', path: /x}}|/persistence/volume/nfs/server",
        "{nfs: {server: nas, path: x}}|/persistence/volume/nfs/path & ^/",
        "{nfs: {server: nas, path: /x, readonly: true}}|/persistence/volume/nfs & 'readonly'",
        "{persistentVolumeClaim: null}|/persistence/volume/persistentVolumeClaim & want object",
        "{persistentVolumeClaim: {}}|/persistence/volume/persistentVolumeClaim & 'claimName'",
        "{persistentVolumeClaim: {claimName: ''}}|/persistentVolumeClaim/claimName",
        "{hostPath: null}|nothing below \"hostPath\"",
        "{csi: {}}|nothing below \"csi\"",
        "{csi: x}|nothing below \"csi\"",
        "{nfs: {server: a, path: /b}, hostPath: {path: /c}}|more than one source: hostPath and nfs",
        "{configMap: {name: a}}|\"configMap\" & does not keep what the application writes",
        "{secret: {secretName: a}}|\"secret\" & does not keep",
        "{downwardAPI: {items: []}}|\"downwardAPI\" & does not keep",
        "{projected: {sources: []}}|\"projected\" & does not keep",
        "{image: {reference: a}}|\"image\" & does not keep",
        "{emptyDir: {}}|persistence.volume & ends with the pod & persistence.enabled to false",
        "{emptyDir: null}|persistence.volume & ends with the pod",
        "{ephemeral: {volumeClaimTemplate: {}}}|persistence.volume & ends with the pod",
      })
  void volume_thatKubernetesWouldMakeAnEmptyDirOf_isRefusedInBothStates(
      String volume, String words) {
    for (var enabled : List.of(true, false)) {
      isRefused(
          "{persistence: {volume: %s}, liteferry: {enabled: %s}}".formatted(volume, enabled),
          words);
    }
  }

  @Test
  void existingClaim_andVolume_areRefusedTogether() {
    isRefused(
        "persistence: {existingClaim: a, volume: {nfs: {server: nas, path: /x}}}",
        "persistence.existingClaim and persistence.volume & give one of them");
  }

  @Test
  void on_withoutAUser_isRefused() {
    var values =
        """
        podSecurityContext: {runAsUser: null, runAsGroup: null, runAsNonRoot: null}
        liteferry: {enabled: true, runAsUser: %s}
        """;
    isRefused(values.formatted("null"), "liteferry.runAsUser & PUID");
    isRefused(values.formatted("1000"), "accepted");
  }

  @Test
  void dataVolume_thatIsNotTheCharts_isRefused() {
    isRefused(
        "liteferry: {enabled: true, dataVolume: other}",
        "liteferry.dataVolume & \"other\" & \"data\"");
  }

  @Test
  void native_onAClusterThatIsTooOld_isRefused() {
    var message = Chart.MEALIE.refusal("1.27.0", "liteferry: {enabled: true, mode: native}");
    assertTrue(message.contains("native sidecars need Kubernetes 1.29"), message);
  }

  @Test
  void kubernetes_tooOld_isRefused() {
    var message = Chart.MEALIE.refusal("1.24.0", "{}");
    assertTrue(message.contains(">=1.25.0-0"), message);
  }
}
