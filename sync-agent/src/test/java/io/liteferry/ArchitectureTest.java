package io.liteferry;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import io.liteferry.durable.Durable;
import io.liteferry.durable.Errno;
import io.liteferry.lease.Staging;
import io.liteferry.scan.Entry;
import io.liteferry.volume.Volume;
import io.liteferry.volume.VolumeWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The layers of docs/architecture.md, held to. */
final class ArchitectureTest {
  private static final int MOST_PARAMETERS = 5;
  private static final int MOST_LINES = 350;

  /** What was compiled beside one class of ours: the tests are elsewhere. */
  private static final JavaClasses OURS =
      new ClassFileImporter()
          .importUrl(Entry.class.getProtectionDomain().getCodeSource().getLocation());

  /** Which packages of ours a package may use; an arrow that is not here is a violation. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          entry("durable", Set.of()),
          entry("scan", Set.of("durable")),
          entry("sqlite", Set.of("durable")),
          entry("pages", Set.of("durable", "sqlite")),
          entry("watch", Set.of("scan")),
          entry("log", Set.of("durable")),
          entry("state", Set.of("durable", "scan")),
          entry("history", Set.of("durable", "pages")),
          entry("lease", Set.of("durable")),
          entry("volume", Set.of("durable", "history", "lease", "pages", "scan", "sqlite")),
          entry(
              "publish",
              Set.of(
                  "durable", "history", "lease", "log", "pages", "scan", "sqlite", "state",
                  "volume")),
          entry(
              "restore",
              Set.of(
                  "durable", "history", "lease", "log", "pages", "past", "publish", "scan",
                  "sqlite", "state", "volume")),
          entry(
              "past",
              Set.of(
                  "durable", "history", "lease", "pages", "publish", "scan", "sqlite", "volume")),
          entry(
              "doctor",
              Set.of(
                  "durable", "lease", "publish", "restore", "scan", "sqlite", "state", "volume",
                  "watch")),
          entry(
              "agent",
              Set.of("durable", "lease", "log", "publish", "scan", "state", "volume", "watch")),
          entry("control", Set.of("agent", "durable", "publish", "state", "volume")),
          entry("health", Set.of("agent", "durable", "history", "publish", "volume")),
          entry(
              "cli",
              Set.of(
                  "agent", "control", "doctor", "durable", "health", "history", "lease", "log",
                  "past", "publish", "restore", "scan", "sqlite", "state", "volume", "watch")));

  static Stream<String> packages() {
    return ARROWS.keySet().stream().sorted();
  }

  @Test
  void packages_allOfThem_areInTheListOfArrows() {
    var found =
        OURS.stream()
            .map(c -> c.getPackageName().replace("io.liteferry.", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(new TreeSet<>(ARROWS.keySet()), found);
  }

  @Test
  void packages_dependencies_haveNoCycle() {
    slices().matching("io.liteferry.(*)..").should().beFreeOfCycles().check(OURS);
  }

  @ParameterizedTest
  @MethodSource("packages")
  void packages_dependencies_followTheArrows(String name) {
    var others =
        ARROWS.keySet().stream()
            .filter(other -> !other.equals(name) && !ARROWS.get(name).contains(other))
            .map(ArchitectureTest::named)
            .toArray(String[]::new);
    if (others.length > 0) {
      noClasses()
          .that()
          .resideInAPackage(named(name))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(others)
          .check(OURS);
    }
  }

  private static String named(String name) {
    return "io.liteferry." + name + "..";
  }

  /** The lowest layers can be read, and trusted, without knowing anything else. */
  @ParameterizedTest
  @MethodSource("packages")
  void packages_librariesUsed_areTheOnesAllowed(String name) {
    var allowed =
        switch (name) {
          case "scan", "sqlite", "watch" -> new String[] {"org.slf4j.."};
          case "durable" -> new String[] {"com.google.gson..", "org.apache.commons.io.."};
          case "log" -> new String[] {};
          case "history", "pages" -> new String[] {"com.google.gson.."};
          case "agent", "state" -> new String[] {"com.google.gson..", "org.slf4j.."};
          case "health" ->
              new String[] {
                "com.google.gson..", "org.slf4j..", "com.sun.net.httpserver..", "io.prometheus.."
              };
          case "control", "doctor", "lease", "publish", "restore", "volume" ->
              new String[] {"com.google.gson..", "org.slf4j..", "org.apache.commons.io.."};
          default ->
              new String[] {
                "com.google.gson..",
                "org.slf4j..",
                "picocli..",
                "sun.misc..",
                "com.google.errorprone.."
              };
        };
    var all =
        Stream.concat(
                Stream.of("java..", "io.liteferry..", "org.jspecify.."), Arrays.stream(allowed))
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> known =
        resideInAnyPackage(all)
            .or(name.equals("sqlite") ? resideInAPackage("org.sqlite..") : NOTHING)
            .or(describe("a primitive", JavaClass::isPrimitive))
            .or(describe("an array", JavaClass::isArray));
    classes()
        .that()
        .resideInAPackage(named(name))
        .should()
        .onlyDependOnClassesThat(known)
        .check(OURS);
  }

  private static final DescribedPredicate<JavaClass> NOTHING =
      describe("nothing", javaClass -> false);

  @Test
  void jdbc_isUsedBySqliteAlone() {
    onlyIn("sqlite", "java.sql..", "javax.sql..", "org.sqlite..");
  }

  @Test
  void picocli_isUsedByCliAlone() {
    onlyIn("cli", "picocli..");
  }

  @Test
  void httpServerAndMetrics_areUsedByHealthAlone() {
    onlyIn("health", "com.sun.net.httpserver..", "io.prometheus..");
  }

  @Test
  void unixDomainSockets_areUsedByControlAlone() {
    callsOnlyIn("control", anyMethodOf("java.net.UnixDomainSocketAddress"));
  }

  @Test
  void signals_areUsedByCliAlone() {
    onlyIn("cli", "sun.misc..");
  }

  @Test
  void nativeFunctions_areCalledByDurableAlone() {
    onlyIn("durable", "java.lang.foreign..");
  }

  private static void onlyIn(String name, String... libraries) {
    assertIsUsed(
        name,
        noClasses()
            .that()
            .resideOutsideOfPackage(named(name))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(libraries),
        noClasses()
            .that()
            .resideInAPackage(named(name))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(libraries));
  }

  /** A rule over what nobody uses, because its name has changed say, would hold for ever. */
  private static void assertIsUsed(String name, ArchRule outside, ArchRule inside) {
    outside.check(OURS);
    assertTrue(inside.evaluate(OURS).hasViolation(), "the rule finds nothing in " + name);
  }

  @Test
  void exitOfTheProcess_isCalledByCliAlone() {
    callsOnlyIn("cli", method("exit", "java.lang.System"));
    callsOnlyIn("cli", method("halt", "java.lang.Runtime"));
  }

  @Test
  void watchService_isUsedByWatchAlone() {
    callsOnlyIn("watch", anyMethodOf("java.nio.file.WatchService"));
    callsOnlyIn("watch", method("newWatchService", "java.nio.file.FileSystem"));
  }

  @Test
  void moveAndForce_areCalledByDurableAlone() {
    callsOnlyIn("durable", method("move", "java.nio.file.Files"));
    callsOnlyIn("durable", method("force", "java.nio.channels.FileChannel"));
  }

  /** They say no when there is an error, and what is believed not to be there gets lost. */
  @Test
  void looksThatHideErrors_areTakenWhereNothingIsLostByThem() {
    var looks = Set.of("exists", "isDirectory", "isRegularFile", "isSymbolicLink");
    DescribedPredicate<JavaAccess<?>> look =
        describe(
            "Files." + looks,
            access ->
                access.getTarget().getOwner().isEquivalentTo(Files.class)
                    && looks.contains(access.getTarget().getName()));
    String[] harmless = {named("cli"), named("control"), named("doctor")};
    assertIsUsed(
        "cli",
        noClasses().that().resideOutsideOfPackages(harmless).should().accessTargetWhere(look),
        noClasses().that().resideInAnyPackage(harmless).should().accessTargetWhere(look));
  }

  /** A reader of {@code if (isX())} cannot know that X is made there. */
  @Test
  void questions_ofWhateverName_changeNothing() {
    var questions = methods().that().haveNameMatching("(is|has)\\p{Lu}.*");
    questions.should().haveRawReturnType(boolean.class).check(OURS);
    questions.should(changeNothing()).check(OURS);
    var commands = methods().that().haveName("syncDirectory").or().haveName("publish");
    assertTrue(
        commands.should(changeNothing()).evaluate(OURS).getFailureReport().getDetails().size() > 2);
  }

  /** What has more is several things; records of data alone may have as many as they like. */
  @Test
  void constructors_ofClasses_haveFiveParametersAtMost() {
    var wide =
        OURS.stream()
            .filter(type -> !type.isRecord() && !type.isAnonymousClass() && !type.isEnum())
            .flatMap(type -> type.getConstructors().stream())
            .filter(constructor -> constructor.getRawParameterTypes().size() > MOST_PARAMETERS)
            .map(JavaCodeUnit::getFullName)
            .toList();
    assertEquals(List.of(), wide);
  }

  @Test
  void sources_ofAnyClass_haveAtMost350Lines() throws IOException {
    try (var files = Files.walk(Path.of("src/main/java"))) {
      var tooLong = new TreeSet<String>();
      for (var file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        try (var lines = Files.lines(file)) {
          long count = lines.count();
          if (count > MOST_LINES) {
            tooLong.add(file + ": " + count);
          }
        }
      }
      assertEquals(Set.of(), tooLong);
    }
  }

  /** What changes a file, a directory or a lock; of ours is found what calls it. */
  private static final Map<Class<?>, String> CHANGES =
      Map.of(
          Files.class, "(create|delete|move|copy|write|set|newOutputStream|newBufferedWriter).*",
          FileChannel.class, "write|truncate|force|transferFrom|lock|tryLock",
          SecureDirectoryStream.class, "delete.*|move",
          Durable.class, "copy|write|overwrite|replace|rename|link|empty",
          PathUtils.class, "delete.*");

  private static boolean isChange(AccessTarget access) {
    return CHANGES.entrySet().stream()
        .anyMatch(
            change ->
                access.getOwner().isAssignableTo(change.getKey())
                    && access.getName().matches(change.getValue()));
  }

  /**
   * Neither itself, where it sets no field either, nor by what it calls, as far as that is ours.
   */
  private static ArchCondition<JavaMethod> changeNothing() {
    return new ArchCondition<>("change nothing") {
      @Override
      public void check(JavaMethod question, ConditionEvents events) {
        for (var access : question.getFieldAccesses()) {
          if (access.getAccessType() == JavaFieldAccess.AccessType.SET) {
            events.add(violated(question, question.getFullName() + ": " + access.getDescription()));
          }
        }
        var seen = new HashSet<JavaCodeUnit>(Set.of(question));
        var open = new ArrayDeque<JavaCodeUnit>(seen);
        while (!open.isEmpty()) {
          for (var access : open.remove().getAccessesFromSelf()) {
            if (isChange(access.getTarget())) {
              events.add(
                  violated(question, question.getFullName() + ": " + access.getDescription()));
            }
            access
                .getTarget()
                .resolveMember()
                .filter(JavaCodeUnit.class::isInstance)
                .map(JavaCodeUnit.class::cast)
                .filter(seen::add)
                .ifPresent(open::add);
          }
        }
      }
    };
  }

  /** What it says is an answer of the kernel, and in English; which side failed, no path says. */
  @ParameterizedTest
  @ValueSource(strings = {"getReason", "getFile", "getOtherFile"})
  void partsOfAnError_areReadByErrnoAlone(String part) {
    assertIsCalledBy(Errno.class, method(part, FileSystemException.class.getName()));
  }

  private static void assertIsCalledBy(Class<?> only, DescribedPredicate<AccessTarget> method) {
    var call = calls(method);
    assertIsUsed(
        only.getSimpleName(),
        noClasses().that().doNotBelongToAnyOf(only).should().accessTargetWhere(call),
        noClasses().that().belongToAnyOf(only).should().accessTargetWhere(call));
  }

  private static DescribedPredicate<JavaAccess<?>> calls(DescribedPredicate<AccessTarget> method) {
    return describe("calls " + method.getDescription(), access -> method.test(access.getTarget()));
  }

  /** What changes a name on the volume; the lease has names of its own. */
  @ParameterizedTest
  @ValueSource(strings = {"publish", "remove", "removeTree", "replace"})
  void namesOnTheVolume_areChangedByTheWriterAlone(String change) {
    var call = calls(method(change, Staging.class.getName()));
    var gate = VolumeWriter.class;
    assertIsUsed(
        gate.getSimpleName(),
        noClasses()
            .that()
            .resideOutsideOfPackage(named("lease"))
            .and()
            .doNotBelongToAnyOf(gate)
            .should()
            .accessTargetWhere(call),
        noClasses().that().belongToAnyOf(gate).should().accessTargetWhere(call));
  }

  /** Who has a volume's path in hand and changes files itself; what is changed. */
  private static final Map<String, String> BESIDE_THE_WRITER =
      Map.ofEntries(
          entry("KeptVersions", "staging: it makes what the writer gives a name"),
          entry("PlainFold", "staging: what the writer gives a name"),
          entry("Twins", "staging: a second name that is of no use"),
          entry("DetachTarget", "staging: what the writer gives a name"),
          entry("Detachment", "staging; and the volume, when the lease is dismantled"),
          entry("Probe", "the volume, without a lease: a scratch directory of its own"),
          entry("DirectUse", "state: the copy that is folded"),
          entry("DatabaseRecovery", "state and local"),
          entry("TreeCopy", "local"));

  @Test
  void filesOnTheVolume_areChangedByNobodyElse() {
    var paths = method("(root|own|kept|markerFile|manifestFile)", Volume.class.getName());
    var both =
        OURS.stream()
            .filter(type -> !type.isEquivalentTo(Volume.class))
            .filter(type -> isAny(type, paths) && isAny(type, ArchitectureTest::isChange))
            .map(type -> type.getName().replaceAll(".*\\.|\\$.*", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(new TreeSet<>(BESIDE_THE_WRITER.keySet()), both);
  }

  private static boolean isAny(JavaClass type, Predicate<AccessTarget> access) {
    return type.getAccessesFromSelf().stream().map(JavaAccess::getTarget).anyMatch(access);
  }

  /** A literal that is such a text, or has it as one of its parts. */
  @Test
  void textsOfTheCLibrary_areWrittenInErrnoAlone() throws IOException {
    var texts =
        EnumSet.complementOf(EnumSet.of(Errno.OTHER)).stream()
            .map(errno -> Pattern.quote(errno.words()))
            .collect(Collectors.joining("|"));
    var literal = Pattern.compile("(?i)\"([^\"]*: )?(" + texts + ")([:\\s][^\"]*)?\"");
    var found = new TreeSet<Path>();
    try (var sources = Files.walk(Path.of("src/main/java"))) {
      for (var source : sources.filter(Files::isRegularFile).toList()) {
        if (literal.matcher(Files.readString(source)).find()) {
          found.add(source.getFileName());
        }
      }
    }
    assertEquals(Set.of(Path.of("Errno.java")), found);
  }

  private static DescribedPredicate<AccessTarget> method(String name, String owner) {
    return describe(
        owner + "." + name,
        access -> access.getName().matches(name) && access.getOwner().isAssignableTo(owner));
  }

  private static DescribedPredicate<AccessTarget> anyMethodOf(String owner) {
    return describe("any method of " + owner, a -> a.getOwner().isAssignableTo(owner));
  }

  private static void callsOnlyIn(String name, DescribedPredicate<AccessTarget> method) {
    var call = calls(method);
    assertIsUsed(
        name,
        noClasses().that().resideOutsideOfPackage(named(name)).should().accessTargetWhere(call),
        noClasses().that().resideInAPackage(named(name)).should().accessTargetWhere(call));
  }

  @Test
  void printing_isDoneByCliAlone() {
    DescribedPredicate<JavaAccess<?>> streams =
        describe(
            "System.out or System.err",
            access ->
                access.getTarget().getOwner().isEquivalentTo(System.class)
                    && Set.of("out", "err").contains(access.getTarget().getName()));
    assertIsUsed(
        "cli",
        noClasses().that().resideOutsideOfPackage(named("cli")).should().accessTargetWhere(streams),
        noClasses().that().resideInAPackage(named("cli")).should().accessTargetWhere(streams));
  }

  @Test
  void packages_allOfThem_areDocumentedAndNullMarked() {
    var names =
        OURS.stream().map(JavaClass::getPackage).map(JavaPackage::getName).distinct().toList();
    assertTrue(names.size() >= ARROWS.size());
    for (var name : names) {
      assertTrue(
          OURS.getPackage(name).isAnnotatedWith(NullMarked.class),
          name + " has no package-info.java with @NullMarked");
    }
  }
}
