package gates;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the facts of one entity give to trade, crossings and output, by the words of the contract. */
final class Facts {
  private static final long DAY = 86_400_000L;
  private static final long HANOI = 7 * 3_600_000L;
  private static final Comparator<JsonNode> BY_TIME =
      Comparator.comparing((JsonNode fact) -> text(fact, "time")).thenComparing(fact -> text(fact, "id"));

  private Facts() {}

  static String entity(JsonNode event) {
    String subject = text(event, "subject");
    return isOutput(event) ? subject + "@" + text(event, "time") : subject;
  }

  static Map<String, long[]> contribution(Iterable<JsonNode> facts) {
    Map<String, long[]> rows = new HashMap<>();
    List<JsonNode> standing = standing(facts);
    standing.stream()
        .filter(fact -> text(fact, "type").contains(".gate.crossing."))
        .filter(fact -> text(fact.get("data"), "point").equals("crossed"))
        .min(BY_TIME)
        .ifPresent(fact -> addCrossed(rows, fact));
    Map<String, JsonNode> reports = new HashMap<>();
    for (JsonNode fact : standing) {
      if (isOutput(fact)) {
        JsonNode body = fact.get("data");
        reports.merge(
            String.join("|", text(body, "line_id"), text(body, "product"), text(body, "window_start")),
            fact,
            (one, other) -> text(one, "id").compareTo(text(other, "id")) < 0 ? one : other);
      }
    }
    reports.values().forEach(fact -> addOutput(rows, fact.get("data")));
    return rows;
  }

  /** Applies corrections: of each family the highest one stands, or nothing where that cancels. */
  private static List<JsonNode> standing(Iterable<JsonNode> facts) {
    Map<String, List<JsonNode>> families = new LinkedHashMap<>();
    for (JsonNode fact : facts) {
      String original = fact.hasNonNull("correctsid") ? text(fact, "correctsid") : text(fact, "id");
      families.computeIfAbsent(original, id -> new ArrayList<>()).add(fact);
    }
    List<JsonNode> standing = new ArrayList<>();
    for (List<JsonNode> family : families.values()) {
      JsonNode last =
          family.stream()
              .filter(fact -> fact.hasNonNull("correctsid"))
              .max(
                  Comparator.comparingInt((JsonNode fact) -> fact.path("correctionno").asInt(1))
                      .thenComparing(fact -> text(fact, "id")))
              .orElse(family.get(0));
      if (!last.path("correctionkind").asText("").equals("cancel")) {
        standing.add(last);
      }
    }
    return standing;
  }

  private static void addCrossed(Map<String, long[]> rows, JsonNode fact) {
    JsonNode body = fact.get("data");
    long at = millis(fact, "time");
    long minute = at / 60_000 * 60;
    long day = (at + HANOI) / DAY;
    String place = text(body, "gate_id") + "|" + text(body, "direction");
    String vehicle = place + "|" + text(body, "vehicle_class") + "|" + body.get("loaded").booleanValue();
    long mass = body.path("gross_mass_kg").asLong(0);
    Rows.add(rows, "crossings_minute|" + minute + "|" + vehicle, 1, mass);
    Rows.add(rows, "crossings_day|" + day + "|" + vehicle, 1, mass);
    for (JsonNode line : body.path("goods")) {
      String code = text(line, "hs_code");
      String regime = "|" + place + "|" + text(line, "regime") + "|";
      long[] goods = {line.get("value_usd_minor").longValue(), line.get("net_mass_kg").longValue(), 1};
      Rows.add(rows, "trade_minute|" + minute + regime + code.substring(0, 2), goods);
      Rows.add(rows, "trade_day|" + day + regime + code.substring(0, 2), goods);
      Rows.add(rows, "commodity_day|" + day + regime + code, goods);
    }
  }

  private static void addOutput(Map<String, long[]> rows, JsonNode body) {
    long start = millis(body, "window_start");
    String made =
        String.join(
            "|",
            text(body, "zone_id"),
            text(body, "plant_id"),
            text(body, "line_id"),
            text(body, "product"),
            text(body, "price_basis"),
            text(body, "unit"));
    long micro = new BigDecimal(text(body, "quantity")).movePointRight(6).longValue();
    long[] amounts = {body.get("value_minor").longValue(), micro, 1};
    Rows.add(rows, "output_hour|" + start / 3_600_000 * 3600 + "|" + made, amounts);
    Rows.add(rows, "output_day|" + (start + HANOI) / DAY + "|" + made, amounts);
  }

  private static boolean isOutput(JsonNode event) {
    return text(event, "type").contains(".factory.output.");
  }

  private static long millis(JsonNode node, String field) {
    return Instant.parse(text(node, field)).toEpochMilli();
  }

  private static String text(JsonNode node, String field) {
    return node.get(field).textValue();
  }
}
