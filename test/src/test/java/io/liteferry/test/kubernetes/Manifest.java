package io.liteferry.test.kubernetes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * One document of YAML, read as Kubernetes reads it: YAML 1.1, in which {@code on} is true and
 * {@code 0644} is octal. A key that occurs twice is an error.
 */
record Manifest(Map<String, Object> content) {
  /** All documents of a text, without those that hold nothing but comments. */
  static List<Manifest> all(String text) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setCodePointLimit(Integer.MAX_VALUE);
    var manifests = new ArrayList<Manifest>();
    for (var document : new Yaml(new SafeConstructor(options)).loadAll(text)) {
      if (document instanceof Map<?, ?> map) {
        var content = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> content.put(String.valueOf(key), value));
        manifests.add(new Manifest(content));
      } else if (document != null) {
        throw new IllegalArgumentException("not an object: " + document);
      }
    }
    return manifests;
  }

  /** The first document of a text, for YAML that is no manifest. */
  static Map<String, Object> values(String text) {
    return all(text).getFirst().content();
  }

  static Manifest only(String text, String kind) {
    var found = all(text).stream().filter(manifest -> manifest.kind().equals(kind)).toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException(found.size() + " of kind " + kind + " in\n" + text);
    }
    return found.getFirst();
  }

  String kind() {
    return String.valueOf(content.get("kind"));
  }

  String apiVersion() {
    return String.valueOf(content.get("apiVersion"));
  }

  String name() {
    return at("metadata.name") instanceof String name ? name : "";
  }

  /** The value at a path such as {@code spec.template.spec}; null when there is none. */
  Object at(String path) {
    return at(content, path);
  }

  static Object at(Object from, String path) {
    var value = from;
    for (var step : Path.of(path.replace('.', '/'))) {
      value = value instanceof Map<?, ?> map ? map.get(step.toString()) : null;
    }
    return value;
  }

  /** The objects of a list at a path; empty when there is none. */
  List<Map<String, Object>> list(String path) {
    return list(content, path);
  }

  @SuppressWarnings("unchecked") // keys of YAML that has passed a schema are strings
  static List<Map<String, Object>> list(Object from, String path) {
    return at(from, path) instanceof List<?> list ? (List<Map<String, Object>>) list : List.of();
  }

  /** The pod in it, as itself or as a template; null when it has none. */
  Object podSpec() {
    return switch (kind()) {
      case "Pod" -> at("spec");
      case "CronJob" -> at("spec.jobTemplate.spec.template.spec");
      default -> at("spec.template.spec");
    };
  }

  @Override
  public String toString() {
    return kind() + "/" + name();
  }
}
