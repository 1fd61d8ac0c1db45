package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same pod, whether it comes from a manifest or from the values of a chart. */
@Tag("helm")
final class AgreementIT {
  @ParameterizedTest
  @CsvSource({"1.36.0, native.yaml", "1.28.0, classic.yaml"})
  void manifest_comparedWithTheChart_isTheSame(String kubernetes, String manifest) {
    var chart =
        Manifest.only(Chart.MEALIE.render(kubernetes, "liteferry: {enabled: true}"), "Deployment");
    var plain = Manifest.only(Checkout.read("docs/kubernetes/plain/" + manifest), "Deployment");
    assertEquals(
        chart.at("spec.template.metadata.annotations"),
        plain.at("spec.template.metadata.annotations"));
    assertEquals(ours(chart), ours(plain));
    assertEquals(volumes(chart), volumes(plain));
  }

  /** The agent's containers by name, with what must not depend on the application. */
  private static Map<String, Map<String, Object>> ours(Manifest deployment) {
    var all = new ArrayList<>(Manifest.list(deployment.podSpec(), "initContainers"));
    all.addAll(Manifest.list(deployment.podSpec(), "containers"));
    var ours = new TreeMap<String, Map<String, Object>>();
    for (var container : all) {
      if (String.valueOf(container.get("name")).startsWith("liteferry")) {
        var fields = new TreeMap<String, Object>();
        for (var field :
            List.of(
                "startupProbe", "livenessProbe", "resources", "restartPolicy", "volumeMounts")) {
          fields.put(field, container.get(field));
        }
        fields.put("livenessProbe", withDefaults(container.get("livenessProbe")));
        fields.put("command", command(container));
        for (var port : Manifest.list(container, "ports")) {
          fields.put("port " + port.get("name"), port.get("containerPort"));
        }
        for (var field :
            List.of("allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities")) {
          fields.put(field, Manifest.at(container, "securityContext." + field));
        }
        for (var field : List.of("runAsNonRoot", "seccompProfile")) {
          var own = Manifest.at(container, "securityContext." + field);
          var pods = Manifest.at(deployment.podSpec(), "securityContext." + field);
          fields.put(field, own == null ? pods : own);
        }
        ours.put(String.valueOf(container.get("name")), fields);
      }
    }
    return ours;
  }

  private static Object withDefaults(Object probe) {
    if (!(probe instanceof Map<?, ?> given)) {
      return probe;
    }
    var all = new TreeMap<Object, Object>(given);
    all.putIfAbsent("failureThreshold", 3);
    return all;
  }

  private static Object command(Map<String, Object> container) {
    return container.get("args") instanceof List<?> arguments
        ? arguments
        : List.of(ImageDefaults.COMMAND);
  }

  private static Map<Object, Object> volumes(Manifest deployment) {
    var volumes = new TreeMap<Object, Object>();
    for (var volume : Manifest.list(deployment.podSpec(), "volumes")) {
      volumes.put(
          volume.get("name"), volume.containsKey("emptyDir") ? volume.get("emptyDir") : "durable");
    }
    return volumes;
  }
}
