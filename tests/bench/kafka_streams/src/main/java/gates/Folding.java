package gates;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Adds to the windows the difference that each event makes; an id that came before makes none. */
final class Folding implements Processor<String, byte[], Void, Void> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private KeyValueStore<String, byte[]> entities;
  private KeyValueStore<String, byte[]> windows;

  @Override
  public void init(ProcessorContext<Void, Void> context) {
    entities = context.getStateStore("entities");
    windows = context.getStateStore("windows");
  }

  @Override
  public void process(Record<String, byte[]> record) {
    try {
      fold(JSON.readTree(record.value()));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    Fold.PROCESSED.increment();
  }

  private void fold(JsonNode event) throws IOException {
    check(event);
    String entity = Facts.entity(event);
    byte[] known = entities.get(entity);
    ArrayNode facts = known == null ? JSON.createArrayNode() : (ArrayNode) JSON.readTree(known);
    for (JsonNode fact : facts) {
      if (fact.get("id").equals(event.get("id"))) {
        return;
      }
    }
    Map<String, long[]> difference = Facts.contribution(facts);
    difference.replaceAll((row, amounts) -> Rows.negated(amounts));
    facts.add(event);
    Facts.contribution(facts).forEach((row, amounts) -> Rows.add(difference, row, amounts));
    entities.put(entity, JSON.writeValueAsBytes(facts));
    difference.forEach(this::add);
  }

  private void add(String row, long[] amounts) {
    if (!Rows.isZero(amounts)) {
      byte[] known = windows.get(row);
      windows.put(row, Rows.bytes(known == null ? amounts : Rows.sum(Rows.numbers(known), amounts)));
    }
  }

  private static void check(JsonNode event) {
    UUID.fromString(event.get("id").textValue());
    Instant.parse(event.get("time").textValue());
    if (!event.get("specversion").textValue().equals("1.0") || !event.get("data").isObject()) {
      throw new IllegalArgumentException("not an event of the contract");
    }
  }
}
