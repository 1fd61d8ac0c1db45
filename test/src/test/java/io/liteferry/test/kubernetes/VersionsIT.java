package io.liteferry.test.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The version is the pom's, and everything else that carries it agrees. */
final class VersionsIT {
  private static final Pattern POM =
      Pattern.compile("<artifactId>liteferry-parent</artifactId>\\s*<version>(.+?)</version>");
  private static final Pattern IMAGE =
      Pattern.compile("liteferry/liteferry:([0-9]+\\.[0-9]+\\.[0-9]+(?:[-.][0-9A-Za-z]+)*)");
  private static final List<String> POMS = List.of("pom.xml", "sync-agent/pom.xml", "test/pom.xml");
  private static final List<String> TREES = List.of("helm-chart", "docs");

  @Test
  void version_everywhere_isThePoms() throws IOException {
    var versions = versions(Checkout.ROOT);
    var version = versions.get("pom.xml");
    assertTrue(versions.size() >= 9, versions::toString);
    versions.forEach(
        (where, is) ->
            assertEquals(
                version, is, where + ": to set them all, run config/set-version.sh VERSION"));
  }

  @Test
  void setVersion_onACopy_changesAllOfThem(@TempDir Path copy) throws Exception {
    for (var name : List.of("README.md", "config/set-version.sh")) {
      copy(name, copy);
    }
    for (var name : POMS) {
      copy(name, copy);
    }
    for (var tree : TREES) {
      try (var files = Files.walk(Checkout.file(tree))) {
        for (var file : files.filter(Files::isRegularFile).toList()) {
          copy(Checkout.ROOT.relativize(file).toString(), copy);
        }
      }
    }
    var before = versions(copy);
    for (var version : List.of("7.8.9", "7.9.0-SNAPSHOT", "7.9.0")) {
      var process =
          new ProcessBuilder("bash", copy.resolve("config/set-version.sh").toString(), version)
              .inheritIO()
              .start();
      assertEquals(0, process.waitFor());
      var after = versions(copy);
      assertEquals(before.keySet(), after.keySet());
      after.forEach((where, is) -> assertEquals(version, is, where));
      var chart = Manifest.values(Checkout.read(copy.resolve("helm-chart/mealie/Chart.yaml")));
      assertEquals(
          String.valueOf(version.contains("-")),
          ((Map<?, ?>) chart.get("annotations")).get("artifacthub.io/prerelease"));
      assertNotEquals(version, chart.get("appVersion"));
    }
  }

  @Test
  void mealie_image_isTheOneThatTheChartNames() {
    var chart = Manifest.values(Checkout.read("helm-chart/mealie/Chart.yaml"));
    var images =
        String.valueOf(((Map<?, ?>) chart.get("annotations")).get("artifacthub.io/images"));
    assertTrue(images.contains("/mealie:" + chart.get("appVersion") + "\n"), images);
  }

  private static void copy(String name, Path to) throws IOException {
    Files.createDirectories(to.resolve(name).getParent());
    Files.copy(Checkout.file(name), to.resolve(name));
  }

  /** By where they stand. */
  private static Map<String, String> versions(Path root) throws IOException {
    var versions = new TreeMap<String, String>();
    for (var pom : POMS) {
      var matcher = POM.matcher(Checkout.read(root.resolve(pom)));
      assertTrue(matcher.find(), pom);
      versions.put(pom, matcher.group(1));
    }
    var library = Manifest.values(Checkout.read(root.resolve("helm-chart/liteferry/Chart.yaml")));
    versions.put("helm-chart/liteferry version", String.valueOf(library.get("version")));
    versions.put("helm-chart/liteferry appVersion", String.valueOf(library.get("appVersion")));
    var mealie = Manifest.values(Checkout.read(root.resolve("helm-chart/mealie/Chart.yaml")));
    versions.put("helm-chart/mealie version", String.valueOf(mealie.get("version")));
    versions.put(
        "helm-chart/mealie dependency",
        String.valueOf(Manifest.list(mealie, "dependencies").getFirst().get("version")));
    var gitOps = root.resolve("docs/kubernetes/gitops");
    versions.put(
        "flux chart",
        String.valueOf(
            Manifest.only(Checkout.read(gitOps.resolve("flux.yaml")), "OCIRepository")
                .at("spec.ref.tag")));
    versions.put(
        "argocd chart",
        String.valueOf(
            Manifest.only(Checkout.read(gitOps.resolve("argocd.yaml")), "Application")
                .at("spec.source.targetRevision")));
    for (var image = IMAGE.matcher(Checkout.read(root.resolve("README.md"))); image.find(); ) {
      versions.put("README.md image", image.group(1));
    }
    for (var tree : TREES) {
      try (var files = Files.walk(root.resolve(tree))) {
        for (var file : files.filter(VersionsIT::isText).toList()) {
          var found = 0;
          for (var image = IMAGE.matcher(Checkout.read(file)); image.find(); ) {
            versions.put(root.relativize(file) + " image " + ++found, image.group(1));
          }
        }
      }
    }
    var page = root.resolve("docs/kubernetes/chart-authors.md");
    var dependency = Pattern.compile("(?m)^    version: (\\S+)$").matcher(Checkout.read(page));
    assertTrue(dependency.find());
    versions.put(root.relativize(page) + " dependency", dependency.group(1));
    return versions;
  }

  private static boolean isText(Path file) {
    return Files.isRegularFile(file) && file.toString().matches(".*\\.(md|yaml|yml|json|tpl|txt)");
  }
}
