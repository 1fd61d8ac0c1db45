package io.liteferry.test.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The manifests in {@code docs/kubernetes}, files and fenced blocks alike: that an API server would
 * take them, that the shipped command takes their arguments and variables, and that what makes them
 * safe is in each of them. What needs Kustomize, Helm or Kubernetes' own engine for policies is in
 * {@code test/kubernetes/recipes.sh}.
 */
final class RecipesIT {
  private static final Path RECIPES = Path.of("../docs/kubernetes").toAbsolutePath().normalize();
  private static final Pattern FENCE = Pattern.compile("(?ms)^( *)```yaml\n(.*?)^ *```$");
  private static final Pattern IMAGE =
      Pattern.compile("ghcr\\.io/liteferry/liteferry(?::|, tag: )([-.\\w]+)");

  /**
   * Parts of manifests, which Kustomize or Helm puts together, and the files of {@link GitOpsIT}.
   */
  private static final List<String> PARTS =
      List.of(
          "kustomization.yaml",
          "component/sidecar.yaml",
          "claim/volume.yaml",
          "values.yaml",
          "gitops/flux.yaml",
          "gitops/argocd.yaml",
          "gitops/kyverno.yaml");

  /** A text with manifests, and where it stands. */
  record Recipe(String name, String text) {
    boolean isForOldClusters() {
      return name.contains("classic");
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** A pod with a sidecar, as in a recipe. */
  record Ferried(String name, Manifest manifest) {
    Object pod() {
      return manifest.podSpec();
    }

    List<Map<String, Object>> all() {
      var all = new ArrayList<>(Manifest.list(pod(), "initContainers"));
      all.addAll(Manifest.list(pod(), "containers"));
      return all;
    }

    List<Map<String, Object>> ours() {
      return all().stream().filter(RecipesIT::isOurs).toList();
    }

    List<Map<String, Object>> theirs() {
      return all().stream().filter(container -> !isOurs(container)).toList();
    }

    Map<String, Object> volume(String name) {
      return Manifest.list(pod(), "volumes").stream()
          .filter(volume -> volume.get("name").equals(name))
          .findFirst()
          .orElse(null);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static boolean isOurs(Map<String, Object> container) {
    return container.get("name").toString().startsWith("liteferry");
  }

  static List<Recipe> recipes() throws IOException {
    var recipes = new ArrayList<Recipe>();
    for (var file : files(".yaml")) {
      var name = RECIPES.relativize(file).toString();
      if (PARTS.stream().noneMatch(name::endsWith)) {
        recipes.add(new Recipe(name, Files.readString(file)));
      }
    }
    for (var file : rendered()) {
      recipes.add(new Recipe("rendered " + file.getFileName(), Files.readString(file)));
    }
    for (var page : files(".md")) {
      for (var fence : FENCE.matcher(Files.readString(page)).results().toList()) {
        var text = fence.group(2).replaceAll("(?m)^" + fence.group(1), "");
        if (text.startsWith("apiVersion:")) {
          recipes.add(new Recipe(RECIPES.relativize(page) + ": a block", text));
        }
      }
    }
    return recipes;
  }

  /** What {@code recipes.sh} has put together and wants to have judged like the rest. */
  private static List<Path> rendered() throws IOException {
    var directory = System.getProperty("liteferry.test.rendered");
    if (directory == null) {
      return List.of();
    }
    try (var files = Files.list(Path.of(directory))) {
      var all = files.sorted().toList();
      assertFalse(all.isEmpty(), directory);
      return all;
    }
  }

  private static List<Path> files(String suffix) throws IOException {
    try (var all = Files.walk(RECIPES)) {
      return all.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  static List<Ferried> ferried() throws IOException {
    var ferried = new ArrayList<Ferried>();
    for (var recipe : recipes()) {
      for (var manifest : Manifest.all(recipe.text())) {
        var pod = manifest.podSpec();
        if (pod != null
            && Manifest.list(pod, "initContainers").stream().anyMatch(RecipesIT::isOurs)) {
          ferried.add(new Ferried(recipe.name() + ": " + manifest, manifest));
        }
      }
    }
    return ferried;
  }

  /** Every container of ours, those in parts of manifests and in values, too. */
  static Stream<Map.Entry<String, Map<String, Object>>> containers() throws IOException {
    var containers = new TreeMap<String, Map<String, Object>>();
    for (var pod : ferried()) {
      pod.ours().forEach(container -> containers.put(pod + " " + container.get("name"), container));
    }
    for (var recipe : recipes()) {
      for (var manifest : Manifest.all(recipe.text())) {
        if (manifest.kind().equals("Pod")) {
          Manifest.list(manifest.podSpec(), "containers").stream()
              .filter(RecipesIT::isOurs)
              .forEach(container -> containers.put(recipe.name() + ": " + manifest, container));
        }
      }
    }
    containers.put("kustomize", component());
    containers.put("app-template", ofValues());
    return containers.entrySet().stream();
  }

  private static Map<String, Object> component() throws IOException {
    var text = Files.readString(RECIPES.resolve("kustomize/component/sidecar.yaml"));
    return Manifest.list(Manifest.only(text, "Deployment").podSpec(), "initContainers").getFirst();
  }

  /** The sidecar of app-template's values, written as a container. */
  private static Map<String, Object> ofValues() throws IOException {
    var values =
        Manifest.all(Files.readString(RECIPES.resolve("app-template/values.yaml"))).getFirst();
    var container = new HashMap<String, Object>();
    if (values.at("controllers.main.initContainers.liteferry") instanceof Map<?, ?> sidecar) {
      sidecar.forEach((key, value) -> container.put((String) key, value));
    }
    var env = new ArrayList<Map<String, Object>>();
    if (container.get("env") instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            var variable = new HashMap<String, Object>(Map.of("name", name));
            if (value instanceof Map<?, ?> from) {
              variable.put("valueFrom", from.get("valueFrom"));
            } else {
              variable.put("value", value);
            }
            env.add(variable);
          });
    }
    container.put("name", "liteferry");
    container.put("env", env);
    container.put(
        "image",
        Manifest.at(container, "image.repository") + ":" + Manifest.at(container, "image.tag"));
    container.put("startupProbe", Manifest.at(container, "probes.startup.spec"));
    container.put("livenessProbe", Manifest.at(container, "probes.liveness.spec"));
    container.remove("probes");
    return container;
  }

  @Test
  void recipes_areAllSeen() throws IOException {
    var seen = ferried().stream().map(Ferried::toString).toList();
    for (var name : List.of("native.yaml", "classic.yaml", "kanboard.yaml", "todo.yaml")) {
      assertTrue(seen.stream().anyMatch(recipe -> recipe.contains(name)), seen::toString);
    }
    for (var file : rendered()) {
      assertTrue(seen.stream().anyMatch(recipe -> recipe.contains(file.getFileName().toString())));
    }
    assertTrue(
        recipes().stream().anyMatch(recipe -> recipe.name().endsWith("block")),
        "no block of a page is seen");
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void recipe_isTakenByKubernetes(Recipe recipe) {
    assertEquals(List.of(), KubernetesSchema.NEWEST.findings(recipe.text()));
    if (recipe.isForOldClusters()) {
      assertEquals(List.of(), KubernetesSchema.OLDEST.findings(recipe.text()));
    }
  }

  @Test
  void version_isThatOfTheBuild() throws IOException {
    var pom = Files.readString(RECIPES.resolve("../../pom.xml"));
    var found =
        Pattern.compile("<artifactId>liteferry-parent</artifactId>\\s*<version>(.*?)<")
            .matcher(pom);
    assertTrue(found.find());
    var images = 0;
    for (var file : Stream.concat(files(".yaml").stream(), files(".md").stream()).toList()) {
      for (var image : IMAGE.matcher(Files.readString(file)).results().toList()) {
        images++;
        assertEquals(found.group(1), image.group(1), file::toString);
      }
    }
    assertTrue(images > 8, "only " + images + " images were found");
  }

  @ParameterizedTest
  @MethodSource("ferried")
  void pod_isOneAndStoppedBeforeTheNextMustBeReady(Ferried recipe) {
    var manifest = recipe.manifest();
    assertEquals(1, manifest.at("spec.replicas"));
    if (manifest.kind().equals("Deployment")) {
      // the next pod's agent waits for the lease, but not for a pod that is stopped after it
      assertTrue(
          manifest.at("spec.strategy.type").equals("Recreate")
              || Map.of("maxSurge", 0, "maxUnavailable", 1)
                  .equals(manifest.at("spec.strategy.rollingUpdate")),
          () -> String.valueOf(manifest.at("spec.strategy")));
    } else {
      assertEquals("StatefulSet", manifest.kind());
    }
  }

  @ParameterizedTest
  @MethodSource("ferried")
  void sidecar_comesFirstAndGatesTheApplication(Ferried recipe) {
    var first = Manifest.list(recipe.pod(), "initContainers").getFirst();
    if (recipe.name().contains("classic")) {
      assertEquals("liteferry-restore", first.get("name"));
      assertEquals("restore", arguments(first).getFirst());
      assertNull(first.get("restartPolicy"));
      var watch = recipe.ours().getLast();
      assertEquals("watch", arguments(watch).getFirst());
      assertEquals(variable(first, "LITEFERRY_EXCLUDE"), variable(watch, "LITEFERRY_EXCLUDE"));
      assertNotNull(variable(watch, "LITEFERRY_LINGER"));
    } else {
      assertEquals("liteferry", first.get("name"));
      assertEquals("run", arguments(first).getFirst());
      assertEquals("Always", first.get("restartPolicy"));
      assertEquals(1, recipe.ours().size());
    }
  }

  /** The probes, ports and limits of all are those of the first; the rest is in the image. */
  @Test
  void containers_areAlike() throws IOException {
    var native1 =
        ferried().stream().filter(pod -> pod.name().contains("native")).findFirst().orElseThrow();
    var expected = native1.ours().getFirst();
    for (var entry : containers().toList()) {
      var container = entry.getValue();
      var command = arguments(container).getFirst();
      var fields = new ArrayList<>(List.of("image"));
      if (!command.equals("verify")) {
        fields.add("resources");
      }
      if (command.matches("run|watch")) {
        fields.addAll(List.of("ports", "livenessProbe"));
      }
      if (command.equals("run")) {
        fields.add("startupProbe");
      }
      for (var field : fields) {
        assertEquals(
            expected.get(field), container.get(field), () -> entry.getKey() + ": " + field);
      }
      assertEquals(1, arguments(container).size(), entry::getKey);
      assertEquals(command.equals(ImageDefaults.COMMAND), container.get("args") == null);
      for (var variable : Manifest.list(container, "env")) {
        assertFalse(
            ImageDefaults.VARIABLES.containsKey((String) variable.get("name")), entry::getKey);
      }
    }
  }

  /** What they gain by Liteferry: the sidecar, its volumes, annotations, the grace period. */
  @ParameterizedTest
  @CsvSource({"plain/native.yaml, 20", "app-template/values.yaml, 25"})
  void recipe_addsNoMoreLines(String file, int limit) throws IOException {
    var text = Files.readString(RECIPES.resolve(file));
    var added =
        Stream.of(
                "- name: liteferry",
                "liteferry:",
                "- \\{name: (data|liteferry-\\w+),",
                "liteferry-(volume|state):",
                "type: emptyDir",
                "liteferry: \\[",
                "annotations:",
                "terminationGracePeriodSeconds:")
            .flatMap(first -> blocks(text, first))
            .distinct()
            .toList();
    assertTrue(added.size() > 15, () -> String.join("\n", added));
    assertTrue(
        added.size() <= limit,
        () -> added.size() + " lines of " + file + ":\n" + String.join("\n", added));
  }

  /** The first that anybody copies. */
  @Test
  void readme_sidecar_isThatOfTheManifest() throws IOException {
    var block =
        Pattern.compile("(?ms)^```yaml\\n(terminationGracePeriodSeconds:.*?)^```$")
            .matcher(Files.readString(RECIPES.resolve("../../README.md")));
    assertTrue(block.find());
    assertTrue(block.group(1).lines().count() <= 20, block.group(1));
    var shown = Manifest.values(block.group(1).replaceAll("claimName: \\w+", "claimName: any"));
    var text =
        Files.readString(RECIPES.resolve("plain/native.yaml"))
            .replaceAll("claimName: \\w+", "claimName: any");
    var pod = Manifest.only(text, "Deployment").podSpec();
    var sidecar = Manifest.list(pod, "initContainers").getFirst();
    sidecar.remove("env"); // of this application alone
    assertEquals(
        Map.of(
            "terminationGracePeriodSeconds", Manifest.at(pod, "terminationGracePeriodSeconds"),
            "initContainers", List.of(sidecar),
            "volumes", Manifest.at(pod, "volumes")),
        shown);
  }

  /** Lines that begin so, each with those below it, numbered, without comments. */
  private static Stream<String> blocks(String text, String first) {
    var lines = text.lines().toList();
    var found = new ArrayList<String>();
    int indent = Integer.MAX_VALUE;
    for (int i = 0; i < lines.size(); i++) {
      var line = lines.get(i);
      int depth = line.length() - line.stripLeading().length();
      if (line.matches(" *" + first + ".*")) {
        indent = depth;
      } else if (depth <= indent) {
        indent = Integer.MAX_VALUE;
      }
      if (depth >= indent && !line.strip().startsWith("#")) {
        found.add(i + 1 + ": " + line);
      }
    }
    return found.stream();
  }

  @Test
  void containers_haveNoPrivilege() throws IOException {
    for (var entry : containers().toList()) {
      var context = entry.getValue().get("securityContext");
      assertEquals(false, Manifest.at(context, "allowPrivilegeEscalation"), entry::getKey);
      assertEquals(true, Manifest.at(context, "readOnlyRootFilesystem"), entry::getKey);
      assertEquals(List.of("ALL"), Manifest.at(context, "capabilities.drop"), entry::getKey);
      assertNull(entry.getValue().get("readinessProbe"), entry::getKey);
    }
    for (var recipe : ferried()) {
      for (var container : recipe.ours()) {
        for (var field : List.of("runAsUser", "runAsGroup", "runAsNonRoot", "seccompProfile")) {
          var own = Manifest.at(container, "securityContext." + field);
          var value = own == null ? Manifest.at(recipe.pod(), "securityContext." + field) : own;
          assertNotNull(value, () -> recipe + ": " + field);
          assertNotEquals(0, value, () -> recipe + ": " + field);
          assertNotEquals(false, value, () -> recipe + ": " + field);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ferried")
  void claim_isMountedInTheSidecarAlone(Ferried recipe) {
    for (var container : recipe.ours()) {
      var mounts = mounts(container);
      assertEquals(
          List.of("/liteferry/local", "/liteferry/state", "/liteferry/volume"),
          mounts.keySet().stream().sorted().toList());
      for (var ephemeral : List.of("/liteferry/local", "/liteferry/state")) {
        var volume = recipe.volume(mounts.get(ephemeral));
        assertEquals(Map.of(), Objects.requireNonNull(volume).get("emptyDir"), ephemeral);
      }
      var claim = recipe.volume(mounts.get("/liteferry/volume"));
      var template = recipe.manifest().list("spec.volumeClaimTemplates");
      assertTrue(
          claim == null
              ? mounts
                  .get("/liteferry/volume")
                  .equals(Manifest.at(template.getFirst(), "metadata.name"))
              : claim.containsKey("persistentVolumeClaim"));
      for (var other : recipe.theirs()) {
        assertFalse(mounts(other).containsValue(mounts.get("/liteferry/volume")));
        assertFalse(mounts(other).containsValue(mounts.get("/liteferry/state")));
      }
      assertTrue(
          recipe.theirs().stream()
              .anyMatch(other -> mounts(other).containsValue(mounts.get("/liteferry/local"))));
    }
  }

  @ParameterizedTest
  @MethodSource("ferried")
  void gracePeriod_coversTheStopAndTheFlush(Ferried recipe) {
    var grace = (Integer) Manifest.at(recipe.pod(), "terminationGracePeriodSeconds");
    int linger = 0;
    int flush = 20;
    for (var container : recipe.ours()) {
      linger += seconds(variable(container, "LITEFERRY_LINGER"), 0);
      flush = seconds(variable(container, "LITEFERRY_FLUSH_TIMEOUT"), flush);
    }
    boolean calls =
        recipe.ours().stream()
            .anyMatch(container -> variables(container).containsKey("LITEFERRY_HEARTBEAT_URL"));
    int left = grace - linger - flush - 1 - (calls ? 5 : 0);
    // a pass of ten seconds may be under way, and the last changes need another
    assertTrue(
        left >= 15 + 2 * 10, "there are " + left + " s for the application's stop and two passes");
  }

  @ParameterizedTest
  @MethodSource("containers")
  void command_takesArgumentsAndVariables(
      Map.Entry<String, Map<String, Object>> entry, @TempDir Path empty) throws Exception {
    var container = entry.getValue();
    var line = new ArrayList<>(List.of(executable().toString()));
    for (var argument : arguments(container)) {
      line.add(argument);
    }
    var builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("LITEFERRY_"));
    var variables = new TreeMap<>(ImageDefaults.VARIABLES);
    variables(container)
        .forEach((name, given) -> variables.put(name, String.valueOf(given.get("value"))));
    variables.replaceAll(
        (name, value) -> value.replace("/liteferry/", empty + "/missing/").replace("9180", "0"));
    builder.environment().putAll(variables);
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(Duration.ofMinutes(1)), "it does not end");
    // an argument or variable that it does not know ends it with 2, before it looks for directories
    var expected = arguments(container).getFirst().equals("doctor") ? List.of(3) : List.of(4, 8);
    assertTrue(expected.contains(process.exitValue()), () -> process.exitValue() + output);
    assertTrue(output.contains(empty + "/missing"), output);
  }

  @Test
  void command_wrongVariable_isFoundByThisTest(@TempDir Path empty) throws Exception {
    var builder =
        new ProcessBuilder(executable().toString(), "verify", empty.resolve("missing").toString());
    builder.environment().put("LITEFERRY_NO_SUCH", "1");
    var process = builder.redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(2, process.exitValue());
  }

  @Test
  void kustomizations_nameFilesThatExist() throws IOException {
    var kustomizations =
        files(".yaml").stream().filter(file -> file.endsWith("kustomization.yaml")).toList();
    assertEquals(4, kustomizations.size());
    for (var file : kustomizations) {
      var kustomization = Manifest.all(Files.readString(file)).getFirst();
      var named = new ArrayList<Object>();
      for (var list : List.of("resources", "components")) {
        if (kustomization.at(list) instanceof List<?> names) {
          named.addAll(names);
        }
      }
      kustomization.list("patches").stream()
          .map(patch -> patch.get("path"))
          .filter(Objects::nonNull)
          .forEach(named::add);
      assertFalse(named.isEmpty(), file::toString);
      for (var name : named) {
        assertTrue(Files.exists(file.resolveSibling(name.toString())), () -> file + ": " + name);
      }
    }
  }

  private static Path executable() {
    var directory = System.getProperty("liteferry.dist", "../sync-agent/target/liteferry");
    return Path.of(directory).toAbsolutePath().normalize().resolve("bin/liteferry");
  }

  private static List<String> arguments(Map<String, Object> container) {
    return container.get("args") instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of(ImageDefaults.COMMAND);
  }

  private static Map<String, Map<String, Object>> variables(Map<String, Object> container) {
    var variables = new TreeMap<String, Map<String, Object>>();
    Manifest.list(container, "env")
        .forEach(variable -> variables.put((String) variable.get("name"), variable));
    return variables;
  }

  private static String variable(Map<String, Object> container, String name) {
    var variable = variables(container).get(name);
    return variable == null ? null : (String) variable.get("value");
  }

  private static Map<String, String> mounts(Map<String, Object> container) {
    var mounts = new HashMap<String, String>();
    Manifest.list(container, "volumeMounts")
        .forEach(mount -> mounts.put((String) mount.get("mountPath"), (String) mount.get("name")));
    return mounts;
  }

  private static int seconds(String duration, int otherwise) {
    return duration == null
        ? otherwise
        : Integer.parseInt(duration.substring(0, duration.length() - 1));
  }
}
