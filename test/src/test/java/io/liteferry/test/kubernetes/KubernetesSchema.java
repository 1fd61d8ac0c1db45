package io.liteferry.test.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Judges manifests as an API server of one version does with {@code --validate=strict}: by its own
 * schemas, closed, so that a misspelled field is found; and by the rules for pods that a schema
 * cannot express and that are easily broken when a pod is put together from parts.
 *
 * <p>The schemas are made by {@code test/kubernetes/reduce-schemas.py}. Not thread-safe.
 */
final class KubernetesSchema {
  private static final ObjectMapper JSON = new ObjectMapper(); // before those that use it

  /** What the charts support. */
  static final KubernetesSchema OLDEST = new KubernetesSchema("1.25");

  static final KubernetesSchema NEWEST = new KubernetesSchema("1.36");

  private static final Pattern LABEL_VALUE =
      Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern DNS_SUBDOMAIN =
      Pattern.compile(
          "(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  private final String version;
  private final ObjectNode kinds = JSON.createObjectNode();
  private final ObjectNode definitions = JSON.createObjectNode();
  private final Map<String, JsonSchema> schemas = new HashMap<>();

  private KubernetesSchema(String version) {
    this.version = version;
    for (var name : List.of(version, "custom-resources")) {
      try (var in = KubernetesSchema.class.getResourceAsStream("/kubernetes/" + name + ".json")) {
        var read = JSON.readTree(Objects.requireNonNull(in, name));
        kinds.setAll((ObjectNode) read.get("kinds"));
        definitions.setAll((ObjectNode) read.get("definitions"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  List<String> findings(Path file) {
    try {
      return findings(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong with the documents of a text, one line each, with what it is about in front. */
  List<String> findings(String text) {
    var findings = new ArrayList<String>();
    var manifests = Manifest.all(text);
    if (manifests.isEmpty()) {
      findings.add("there is no object in it");
    }
    for (var manifest : manifests) {
      var of = new ArrayList<String>();
      schema(manifest, of);
      if (of.isEmpty()) {
        metadata(manifest.content(), "", of);
        if (manifest.podSpec() != null) {
          pod(manifest, of);
        }
      }
      of.forEach(finding -> findings.add(manifest + ": " + finding));
    }
    return findings;
  }

  private void schema(Manifest manifest, List<String> findings) {
    var kind = manifest.apiVersion() + " " + manifest.kind();
    if (!kinds.has(kind)) {
      findings.add(
          "Kubernetes " + version + " has no " + kind + ", or the tests have no schema of it");
      return;
    }
    var schema = schemas.computeIfAbsent(kind, this::compile);
    for (var message : schema.validate(JSON.<JsonNode>valueToTree(manifest.content()))) {
      findings.add(message.getMessage());
    }
  }

  private JsonSchema compile(String kind) {
    var root = JSON.createObjectNode();
    root.set("definitions", definitions);
    root.set("allOf", JSON.createArrayNode().add(kinds.get(kind)));
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(root);
  }

  private static void metadata(Object of, String where, List<String> findings) {
    var name = Manifest.at(of, "metadata.name");
    if (name instanceof String text && !DNS_SUBDOMAIN.matcher(text).matches()) {
      findings.add(where + "metadata.name: '" + text + "' is not a DNS name");
    }
    if (name == null && where.isEmpty()) {
      findings.add("metadata.name: missing");
    }
    if (Manifest.at(of, "metadata.labels") instanceof Map<?, ?> labels) {
      labels.forEach(
          (key, value) -> {
            if (!LABEL_VALUE.matcher(String.valueOf(value)).matches()) {
              findings.add(where + "metadata.labels." + key + ": not a label: '" + value + "'");
            }
          });
    }
  }

  private static void pod(Manifest manifest, List<String> findings) {
    var pod = manifest.podSpec();
    if (Manifest.at(manifest.content(), "spec.template") instanceof Map<?, ?> template) {
      metadata(template, "spec.template.", findings);
      if (manifest.at("spec.selector.matchLabels") instanceof Map<?, ?> selector
          && !(Manifest.at(template, "metadata.labels") instanceof Map<?, ?> labels
              && labels.entrySet().containsAll(selector.entrySet()))) {
        findings.add("spec.selector: does not select the template's labels");
      }
    }
    var volumes = new HashSet<Object>();
    for (var volume : Manifest.list(pod, "volumes")) {
      if (!volumes.add(volume.get("name"))) {
        findings.add("volumes: two with the name " + volume.get("name"));
      }
      if (volume.size() != 2) {
        findings.add("volumes: not one source: " + volume);
      }
    }
    for (var claim : manifest.list("spec.volumeClaimTemplates")) {
      volumes.add(Manifest.at(claim, "metadata.name"));
    }
    var names = new HashSet<Object>();
    for (var group : List.of("initContainers", "containers")) {
      for (var container : Manifest.list(pod, group)) {
        var name = String.valueOf(container.get("name"));
        if (!DNS_LABEL.matcher(name).matches()) {
          findings.add(group + ": '" + name + "' is not a DNS label");
        }
        if (!names.add(name)) {
          findings.add(group + ": two containers with the name " + name);
        }
        container(group, container, volumes, findings);
      }
    }
  }

  private static void container(
      String group, Map<String, Object> container, Set<Object> volumes, List<String> findings) {
    var at = group + " " + container.get("name") + ": ";
    if (!(container.get("image") instanceof String image) || image.isBlank()) {
      findings.add(at + "no image");
    }
    var paths = new HashSet<Object>();
    for (var mount : Manifest.list(container, "volumeMounts")) {
      if (!volumes.contains(mount.get("name"))) {
        findings.add(at + "mounts " + mount.get("name") + ", and there is no such volume");
      }
      if (!paths.add(mount.get("mountPath"))) {
        findings.add(at + "mounts two volumes at " + mount.get("mountPath"));
      }
    }
    var variables = new HashSet<Object>();
    for (var variable : Manifest.list(container, "env")) {
      // taken by the server with a warning, and the last one wins
      if (!variables.add(variable.get("name"))) {
        findings.add(at + "sets the variable " + variable.get("name") + " twice");
      }
    }
    for (var port : Manifest.list(container, "ports")) {
      if (port.get("name") instanceof String name && name.length() > 15) {
        findings.add(at + "the name of port " + name + " has more than 15 characters");
      }
    }
    var restarted = "Always".equals(container.get("restartPolicy"));
    if (group.equals("containers") && container.containsKey("restartPolicy")) {
      findings.add(at + "restartPolicy is for init containers");
    }
    for (var field : List.of("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")) {
      if (group.equals("initContainers") && !restarted && container.containsKey(field)) {
        findings.add(at + field + " is for init containers with restartPolicy Always");
      }
    }
    for (var probe : List.of("livenessProbe", "startupProbe")) {
      var threshold = Manifest.at(container, probe + ".successThreshold");
      if (threshold != null && !threshold.equals(1)) {
        findings.add(at + probe + ".successThreshold must be 1");
      }
    }
    if (container.get("resources") instanceof Map<?, ?> resources) {
      var unknown = new HashSet<>(resources.keySet());
      unknown.removeAll(List.of("requests", "limits", "claims"));
      if (!unknown.isEmpty()) {
        findings.add(at + "resources: " + unknown);
      }
    }
  }
}
