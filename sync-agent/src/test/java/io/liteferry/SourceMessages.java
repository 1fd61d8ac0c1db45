package io.liteferry;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssertTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/**
 * The texts in the agent's source that somebody may read: whatever is logged or thrown, and each
 * string of two words or more. Concatenated strings are one text, with {@code {}} for what is known
 * only when the agent runs; arguments of one exception are one text, with {@code |} between them.
 * Annotations, whose texts are in {@code docs/configuration.md}, and assertions are left out.
 */
final class SourceMessages {
  /** A text, where it is, and whether it is logged ({@code WARN}), thrown or something else. */
  record Message(String place, String kind, String text) implements Comparable<Message> {
    @Override
    public int compareTo(Message other) {
      return toString().compareTo(other.toString());
    }

    boolean isLogged() {
      return LEVELS.contains(kind.toLowerCase(Locale.ROOT));
    }

    @Override
    public String toString() {
      return "%s  %s  %s".formatted(place, kind, text.replace("\n", "\\n").replace("\t", "\\t"));
    }
  }

  private static final Set<String> LEVELS = Set.of("debug", "info", "warn", "error");

  /** Two words, one of which has a lower-case letter, whatever is filled in. */
  private static final Pattern SENTENCE =
      Pattern.compile("(?s)(?=.*\\S \\S)(?:%[\\w.]*[a-zA-Z]|[^%])*?\\p{Ll}.*");

  private SourceMessages() {}

  /** Of all files below a directory. */
  static Set<Message> of(Path directory) throws IOException {
    var sources = directory.toAbsolutePath();
    var compiler = ToolProvider.getSystemJavaCompiler();
    var found = new TreeSet<Message>();
    try (var walk = Files.walk(sources);
        var files = compiler.getStandardFileManager(null, null, null)) {
      var paths = walk.filter(path -> path.toString().endsWith(".java")).toList();
      var task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(paths));
      for (var unit : task.parse()) {
        new Scanner(place(sources, unit), found).scan(unit, "text");
      }
    }
    return found;
  }

  private static String place(Path sources, CompilationUnitTree unit) {
    var file = sources.relativize(Path.of(unit.getSourceFile().toUri())).toString();
    return file.substring(0, file.length() - ".java".length()).replace('/', '.');
  }

  /** Hands the kind of what is read down the tree. */
  private static final class Scanner extends TreeScanner<Void, String> {
    private final String place;
    private final Set<Message> found;

    Scanner(String place, Set<Message> found) {
      this.place = place;
      this.found = found;
    }

    @Override
    public Void visitAnnotation(AnnotationTree annotation, String kind) {
      return null;
    }

    @Override
    public Void visitAssert(AssertTree assertion, String kind) {
      return null;
    }

    @Override
    public Void visitNewClass(NewClassTree made, String kind) {
      var name = made.getIdentifier().toString();
      return name.endsWith("Exception") || name.endsWith("Error")
          ? thrown(made.getArguments(), name)
          : super.visitNewClass(made, kind);
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree call, String kind) {
      if (call.getMethodSelect() instanceof IdentifierTree name
          && Set.of("super", "this").contains(name.toString())
          && place.endsWith("Exception")) {
        return thrown(call.getArguments(), place.substring(place.lastIndexOf('.') + 1));
      }
      if (call.getMethodSelect() instanceof MemberSelectTree select
          && select.getExpression().toString().equals("log")
          && LEVELS.contains(select.getIdentifier().toString())) {
        var level = select.getIdentifier().toString().toUpperCase(Locale.ROOT);
        scan(call.getArguments().getFirst(), level);
        return scan(call.getArguments().subList(1, call.getArguments().size()), "text");
      }
      return super.visitMethodInvocation(call, kind);
    }

    private Void thrown(List<? extends ExpressionTree> arguments, String kind) {
      var texts = arguments.stream().map(argument -> text(argument)).toList();
      if (texts.stream().filter(Optional::isPresent).count() < 2) {
        return scan(arguments, kind);
      }
      var parts = new ArrayList<String>();
      for (var text : texts) {
        parts.add(text.orElse("{}"));
      }
      add(kind, String.join(" | ", parts));
      arguments.forEach(argument -> scanInside(argument));
      return null;
    }

    /** What is filled into a text may have texts. */
    private void scanInside(Tree tree) {
      switch (tree) {
        case LiteralTree literal -> {}
        case ParenthesizedTree inner -> scanInside(inner.getExpression());
        case MethodInvocationTree call when text(call).isPresent() -> {
          scan(call.getArguments(), "text");
          if (call.getMethodSelect() instanceof MemberSelectTree select) {
            scanInside(select.getExpression());
          }
        }
        case BinaryTree sum when text(sum).isPresent() ->
            operands(sum).forEach(operand -> scanInside(operand));
        default -> scan(tree, "text");
      }
    }

    @Override
    public Void visitBinary(BinaryTree sum, String kind) {
      var text = text(sum);
      if (text.isEmpty()) {
        return super.visitBinary(sum, kind);
      }
      add(kind, text.get());
      scanInside(sum);
      return null;
    }

    @Override
    public Void visitLiteral(LiteralTree literal, String kind) {
      text(literal).ifPresent(text -> add(kind, text));
      return null;
    }

    private void add(String kind, String text) {
      if (SENTENCE.matcher(text).matches() || (!kind.equals("text") && !text.isBlank())) {
        found.add(new Message(place, kind, text));
      }
    }

    /** A string, a sum that has one, or either of them as a format that is filled in. */
    private static Optional<String> text(Tree tree) {
      return switch (tree) {
        case LiteralTree literal when literal.getValue() instanceof String string ->
            Optional.of(string);
        case ParenthesizedTree inner -> text(inner.getExpression());
        case MethodInvocationTree call
            when call.getMethodSelect() instanceof MemberSelectTree select
                && select.getIdentifier().contentEquals("formatted") ->
            text(select.getExpression());
        case BinaryTree sum when sum.getKind() == Tree.Kind.PLUS -> sum(sum);
        default -> Optional.empty();
      };
    }

    private static Optional<String> sum(BinaryTree sum) {
      var texts = operands(sum).stream().map(operand -> text(operand)).toList();
      return texts.stream().allMatch(Optional::isEmpty)
          ? Optional.empty()
          : Optional.of(texts.stream().map(text -> text.orElse("{}")).reduce("", String::concat));
    }

    private static List<ExpressionTree> operands(BinaryTree sum) {
      var operands = new ArrayList<ExpressionTree>();
      for (var operand : List.of(sum.getLeftOperand(), sum.getRightOperand())) {
        if (operand instanceof BinaryTree inner && inner.getKind() == Tree.Kind.PLUS) {
          operands.addAll(operands(inner));
        } else {
          operands.add(operand);
        }
      }
      return operands;
    }
  }
}
