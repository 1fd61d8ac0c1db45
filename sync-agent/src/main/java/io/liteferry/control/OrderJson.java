package io.liteferry.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.liteferry.durable.PortableName;
import io.liteferry.volume.HistoryOrder;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** An order for a volume's history, as it goes over the socket. */
final class OrderJson {
  private static final String ORDER = "order";
  private static final String POINTS = "points";

  private OrderJson() {}

  static void add(JsonObject json, HistoryOrder order) {
    switch (order) {
      case HistoryOrder.Pin pin -> {
        json.addProperty(ORDER, "pin");
        json.addProperty("point", pin.point());
        json.addProperty("note", pin.note());
      }
      case HistoryOrder.Unpin unpin -> {
        json.addProperty(ORDER, "unpin");
        json.addProperty("point", unpin.point());
      }
      case HistoryOrder.DropPoints drop -> {
        json.addProperty(ORDER, "drop");
        var points = new JsonArray();
        drop.points().forEach(points::add);
        json.add(POINTS, points);
      }
      case HistoryOrder.DropPath drop -> {
        json.addProperty(ORDER, "drop");
        json.addProperty("path", PortableName.of(drop.path()));
      }
    }
  }

  /** Throws what Gson does, when a member is missing or of another type. */
  static HistoryOrder read(JsonObject json) {
    var kind = json.get(ORDER).getAsString();
    return switch (kind) {
      case "pin" ->
          new HistoryOrder.Pin(json.get("point").getAsLong(), json.get("note").getAsString());
      case "unpin" -> new HistoryOrder.Unpin(json.get("point").getAsLong());
      case "drop" ->
          json.has("path")
              ? new HistoryOrder.DropPath(PortableName.parse(json.get("path").getAsString()))
              : new HistoryOrder.DropPoints(
                  json.get(POINTS).getAsJsonArray().asList().stream()
                      .map(JsonElement::getAsLong)
                      .collect(Collectors.toCollection(TreeSet::new)));
      default -> throw new IllegalStateException(kind);
    };
  }
}
