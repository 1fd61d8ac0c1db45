package io.liteferry.test.kubernetes;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/**
 * A chart, worked on by a real Helm. It is a copy below {@code target}, with its dependencies in
 * place, so that nothing is written into the sources.
 */
record Chart(Path directory) {
  /** The release and namespace of everything that is rendered here. */
  static final String RELEASE = "recipes";

  static final String NAMESPACE = "home";

  private static final Path COPIES =
      empty(Checkout.file("test/target/charts/" + ProcessHandle.current().pid()));

  static final Chart LITEFERRY = new Chart(copy("liteferry"));
  static final Chart MEALIE = new Chart(copy("mealie")).withDependencies();

  /** A chart of the tests' own, beside the copies of ours; {@code files} by path. */
  static Chart of(String name, Map<String, String> files) {
    var directory = COPIES.resolve(name);
    files.forEach((path, content) -> Checkout.write(directory.resolve(path), content));
    return new Chart(directory).withDependencies();
  }

  /** What an earlier run has left could be a template that is gone since. */
  private static Path empty(Path directory) {
    if (Files.exists(directory)) {
      try (var files = Files.walk(directory)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return directory;
  }

  private static Path copy(String name) {
    var from = Checkout.file("helm-chart").resolve(name);
    var to = COPIES.resolve(name);
    copy(from, to);
    return to;
  }

  /** Without what somebody's own Helm has built there. */
  private static void copy(Path from, Path to) {
    try (var files = Files.walk(from)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        var name = from.relativize(file);
        if (!name.startsWith("charts") && !name.endsWith("Chart.lock")) {
          Files.createDirectories(to.resolve(name).getParent());
          Files.write(to.resolve(name), Files.readAllBytes(file));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The same chart, with what {@code helm template} leaves out as objects like others: the hooks,
   * and NOTES.txt as the data of a ConfigMap {@code notes}.
   */
  Chart withHooksAndNotes() {
    var copy = new Chart(COPIES.resolve(directory.getFileName() + "-hooks"));
    copy(directory, copy.directory);
    copy(LITEFERRY.directory, copy.directory.resolve("charts/liteferry"));
    try (var files = Files.list(copy.directory.resolve("templates/tests"))) {
      for (var file : files.toList()) {
        Checkout.write(file, Checkout.read(file).replaceAll("(?m)^ *helm.sh/hook: .*\n", ""));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var notes = Checkout.read(directory.resolve("templates/NOTES.txt"));
    Checkout.write(
        copy.directory.resolve("templates/notes.yaml"),
        """
        {{- define "notes" }}%s{{ end }}
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: notes
        data:
          notes: |
            {{- include "notes" . | nindent 4 }}
        """
            .formatted(notes));
    return copy;
  }

  private Chart withDependencies() {
    // without a look at the repositories that the user's own Helm may have
    var unused = new Helm(directory).dependency().update().skipRefresh().call();
    return this;
  }

  /** The files with values that the chart offers to whoever tests it. */
  List<Path> ci() {
    try (var files = Files.list(directory.resolve("ci"))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@code helm template} prints; {@code values} are YAML, the later ones win. */
  String render(String kubernetes, String... values) {
    var template =
        new Helm(directory)
            .template()
            .withName(RELEASE)
            .withNamespace(NAMESPACE)
            .withKubeVersion(kubernetes);
    for (var index = 0; index < values.length; index++) {
      var file = COPIES.resolve("values-" + index + ".yaml");
      Checkout.write(file, values[index]);
      template.withValuesFile(file);
    }
    return template.call();
  }

  /** What Helm says to values that it refuses. */
  String refusal(String kubernetes, String values) {
    try {
      return "accepted:\n" + render(kubernetes, values);
    } catch (IllegalStateException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /**
   * What {@code helm lint --strict} finds. The library cannot be given values to lint with, so they
   * become a copy's own.
   */
  List<String> lint(String values) {
    var name = directory.getFileName() + "-lint";
    var copy = COPIES.resolve(name).resolve(directory.getFileName());
    copy(directory, copy);
    var yaml = new Yaml();
    var merged =
        merged(
            Manifest.values(Checkout.read(directory.resolve("values.yaml"))),
            Manifest.values(values));
    Checkout.write(copy.resolve("values.yaml"), yaml.dump(merged));
    if (Files.exists(directory.resolve("charts"))) {
      copy(LITEFERRY.directory(), copy.resolve("charts/liteferry"));
    }
    var result = new Helm(copy).lint().strict().call();
    return result.isFailed() ? result.getMessages() : List.of();
  }

  private static Map<String, Object> merged(Map<?, ?> base, Map<?, ?> over) {
    var result = new LinkedHashMap<String, Object>();
    base.forEach((key, value) -> result.put(String.valueOf(key), value));
    over.forEach(
        (key, value) ->
            result.merge(
                String.valueOf(key),
                value,
                (old, now) ->
                    old instanceof Map<?, ?> from && now instanceof Map<?, ?> to
                        ? merged(from, to)
                        : now));
    return result;
  }
}
