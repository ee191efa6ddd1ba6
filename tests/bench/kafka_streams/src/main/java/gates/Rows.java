package gates;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;

/** The measures of rows: up to three whole numbers each. */
final class Rows {
  private Rows() {}

  static void add(Map<String, long[]> rows, String key, long... amounts) {
    rows.merge(key, amounts, Rows::sum);
  }

  static long[] sum(long[] one, long[] other) {
    long[] total = one.clone();
    Arrays.setAll(total, at -> one[at] + other[at]);
    return total;
  }

  static long[] negated(long[] amounts) {
    return Arrays.stream(amounts).map(amount -> -amount).toArray();
  }

  static boolean isZero(long[] amounts) {
    return Arrays.stream(amounts).allMatch(amount -> amount == 0);
  }

  static byte[] bytes(long[] amounts) {
    ByteBuffer buffer = ByteBuffer.allocate(amounts.length * Long.BYTES);
    buffer.asLongBuffer().put(amounts);
    return buffer.array();
  }

  static long[] numbers(byte[] bytes) {
    long[] amounts = new long[bytes.length / Long.BYTES];
    ByteBuffer.wrap(bytes).asLongBuffer().get(amounts);
    return amounts;
  }
}
