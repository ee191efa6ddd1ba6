package gates;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.Stores;

/** Folds trade, crossings and output with Kafka Streams, each event once, its state backed up in Kafka. */
public final class Fold {
  static final LongAdder PROCESSED = new LongAdder();
  private static final List<String> TOPICS =
      List.of(
          "gate.crossing", "clearance.stage", "factory.output", "declaration", "gate.state", "target");

  private Fold() {}

  public static void main(String[] arguments) throws InterruptedException {
    Map<String, String> environment = System.getenv();
    KafkaStreams streams =
        new KafkaStreams(topology(environment.get("KPI_TOPIC_PREFIX")), settings(environment));
    Path home = Path.of(environment.get("KPI_HOME"));
    Path sums = home.resolve(environment.get("KPI_DATABASE") + ".sums.json");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(streams, sums)));
    streams.start();
    while (true) {
      Thread.sleep(100);
      long records = PROCESSED.sumThenReset();
      if (records > 0) {
        System.out.printf(
            "{\"event\": \"batch_stored\", \"records\": %d, \"timestamp\": \"%s\"}%n",
            records, Instant.now());
      }
    }
  }

  private static Properties settings(Map<String, String> environment) {
    Properties settings = new Properties();
    String name = environment.get("KPI_TOPIC_PREFIX") + "streams-" + environment.get("KPI_DATABASE");
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, environment.get("KPI_KAFKA_BOOTSTRAP"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, environment.get("KPI_HOME") + "/kafka-streams");
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Runtime.getRuntime().availableProcessors());
    // As the others here: a commit a second, and room to gather what a window's row changes meanwhile.
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    return settings;
  }

  private static Topology topology(String prefix) {
    String[] topics = TOPICS.stream().map(topic -> prefix + topic).toArray(String[]::new);
    var keys = Serdes.String();
    var values = Serdes.ByteArray();
    return new Topology()
        .addSource("events", keys.deserializer(), values.deserializer(), topics)
        .addProcessor("fold", Folding::new, "events")
        .addStateStore(
            Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("entities"), keys, values)
                .withCachingEnabled(),
            "fold")
        .addStateStore(
            Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("windows"), keys, values)
                .withCachingEnabled(),
            "fold");
  }

  /** Writes what was folded, summed over the partitions, so that the bench can compare it. */
  private static void finish(KafkaStreams streams, Path file) {
    Map<String, long[]> sums = new HashMap<>();
    var query =
        StoreQueryParameters.fromNameAndType(
            "windows", QueryableStoreTypes.<String, byte[]>keyValueStore());
    try (var rows = streams.store(query).all()) {
      rows.forEachRemaining(
          row -> Rows.add(sums, row.key, Rows.numbers(row.value)));
      Files.write(file, new ObjectMapper().writeValueAsBytes(sums));
    } catch (IOException error) {
      throw new java.io.UncheckedIOException(error);
    } finally {
      streams.close();
    }
  }
}
