"""The engine's configuration: fit for two shared cores and a process of about 1 GB."""

from pathlib import Path
from typing import Final

# Inserts are not synced one by one: kill -9 loses nothing, a power cut may lose the last seconds, and the
# workers, who start at what is stored, then catch up from Kafka.
_SERVER: Final = """<clickhouse>
  <users_config>{users}</users_config>
  <max_server_memory_usage>1000000000</max_server_memory_usage>
  <max_concurrent_queries>64</max_concurrent_queries>
  <max_thread_pool_size>120</max_thread_pool_size>
  <max_thread_pool_free_size>8</max_thread_pool_free_size>
  <max_io_thread_pool_size>8</max_io_thread_pool_size>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <mark_cache_size>67108864</mark_cache_size>
  <primary_index_cache_size>33554432</primary_index_cache_size>
  <index_mark_cache_size>4194304</index_mark_cache_size>
  <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
  <query_condition_cache_size>4194304</query_condition_cache_size>
  <merge_tree>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    <merge_max_block_size_bytes>4194304</merge_max_block_size_bytes>
  </merge_tree>
</clickhouse>
"""

# Every user of the engine is `default`; what the reader gets less is set on its connections.
_USERS: Final = """<clickhouse>
  <profiles>
    <default>
      <async_insert>0</async_insert>
      <max_threads>2</max_threads>
      <max_insert_threads>1</max_insert_threads>
      <max_memory_usage>600000000</max_memory_usage>
      <max_bytes_before_external_group_by>250000000</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>250000000</max_bytes_before_external_sort>
      <max_query_size>16777216</max_query_size>
      <max_ast_elements>1000000</max_ast_elements>
      <max_expanded_ast_elements>2000000</max_expanded_ast_elements>
      <log_queries>0</log_queries>
    </default>
  </profiles>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </default>
  </users>
  <quotas><default></default></quotas>
</clickhouse>
"""


def write_config(folder: Path) -> Path:
    """Write the engine's configuration into its folder; give the file to start it with."""
    users = folder / "users.xml"
    config = folder / "config.xml"
    users.write_text(_USERS)
    config.write_text(_SERVER.format(users=users))
    return config
