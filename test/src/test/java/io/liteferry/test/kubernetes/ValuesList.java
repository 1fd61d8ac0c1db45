package io.liteferry.test.kubernetes;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The list of a chart's values, made from the comments of its values.yaml: one that begins with
 * {@code # --} describes the key below it, and ends with the last line of the comment. Keys and
 * values are as {@code --set-json} takes them. Not a table: long values would leave no room for
 * what they mean.
 */
record ValuesList(List<Row> rows) {
  record Row(String key, String value, String description) {}

  private static final Pattern KEY = Pattern.compile("^( *)([A-Za-z0-9_]+):.*");
  private static final Gson JSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  static ValuesList of(String yaml) {
    var values = Manifest.values(yaml);
    var rows = new ArrayList<Row>();
    var path = new ArrayDeque<String>();
    var description = new StringBuilder();
    for (var line : yaml.lines().toList()) {
      var text = line.strip();
      var key = KEY.matcher(line);
      if (text.startsWith("# -- ")) {
        description.append(text.substring(5));
      } else if (text.startsWith("#") && !description.isEmpty()) {
        description.append(' ').append(text.substring(1).strip());
      } else if (key.matches()) {
        while (path.size() > key.group(1).length() / 2) {
          path.removeLast();
        }
        path.addLast(key.group(2));
        if (!description.isEmpty()) {
          var name = String.join(".", path);
          rows.add(new Row(name, JSON.toJson(Manifest.at(values, name)), description.toString()));
          description.setLength(0);
        }
      }
    }
    return new ValuesList(rows);
  }

  /**
   * The keys of values that no row describes, neither themselves nor as part of what is above them.
   */
  static List<String> undescribed(String yaml) {
    var described = of(yaml).rows.stream().map(Row::key).toList();
    var missing = new ArrayList<String>();
    look(Manifest.values(yaml), "", described, missing);
    return missing;
  }

  private static void look(
      Map<?, ?> values, String above, List<String> described, List<String> missing) {
    values.forEach(
        (name, value) -> {
          var key = above + name;
          if (described.contains(key)) {
            return;
          }
          if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            look(map, key + ".", described, missing);
          } else {
            missing.add(key);
          }
        });
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (var row : rows) {
      text.append("- `%s=%s` %s\n".formatted(row.key, row.value, row.description));
    }
    return text.toString();
  }
}
