"""The form of the tables for a cluster, on an engine that is a cluster of one shard.

What the engine lacks, a Keeper, is left off: replication, and statements for all servers.
"""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from streams.clickhouse_client import scalar, writer
from streams.migrate import script
from streams.ports import free_port
from streams.settings import Settings
from tests.line import environment
from tests.servers import responds, stop, wait_until

pytestmark = pytest.mark.integration
_CLUSTER = (
    "<tcp_port>9000</tcp_port><remote_servers><east><shard><replica><host>127.0.0.1</host><port>9000</port>"
    "</replica></shard></east></remote_servers></clickhouse>"
)
_MAIN = f"""
import streams.local.clickhouse_config as config
config._SERVER = config._SERVER.replace("</clickhouse>", "{_CLUSTER}")
from streams.cli import main
main(["clickhouse"])
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run the engine as the one server of a cluster."""
    home = tmp_path_factory.mktemp("cluster")
    url = f"http://127.0.0.1:{free_port()}"
    settings = Settings(_env_file=None, home=home, clickhouse_url=url, clickhouse_cluster="east")
    with (home / "clickhouse.log").open("wb") as log:
        command = [sys.executable, "-c", _MAIN]
        engine = subprocess.Popen(command, env=environment(settings), cwd=home, stdout=log, stderr=log)
    try:
        wait_until(engine, lambda: responds(f"{url}/ping"), home / "clickhouse.log")
        yield settings
    finally:
        stop(engine)


@pytest.mark.timeout(1200)
def test_every_view_answers_over_distributed_tables(cluster: Settings) -> None:
    """All statements run, rows go through the distributed tables to the shard, every view reads them."""
    with writer(cluster) as client:
        for statement in script(cluster):
            if statement.startswith("USE "):
                client.database = f"{cluster.database}_g1"
            else:
                client.command(_without_keeper(statement))
        # A merge would make one row of both before they are counted.
        client.command(f"SYSTEM STOP MERGES {client.database}.trade_day_local")
        client.command(
            "INSERT INTO trade_day (day, gate_id, topic, lines, version) VALUES (today(), 'a', 't', 1, 2)"
        )
        client.command(
            "INSERT INTO trade_day (day, gate_id, topic, lines, version) VALUES (today(), 'a', 't', 5, 9)"
        )
        views = "SELECT name FROM system.tables WHERE database = {name:String} AND engine = 'View'"
        names = client.query(views, parameters={"name": cluster.database}).result_columns[0]
        for name in names:
            client.query(f"SELECT * FROM `{cluster.database}`.`{name}`")

        assert len(names) > 60
        assert 2 == scalar(client, "SELECT count() FROM trade_day_local")
        assert 5 == scalar(client, f"SELECT sum(lines) FROM `{cluster.database}`.trade_by_day")


def _without_keeper(statement: str) -> str:
    alone = statement.replace(" ON CLUSTER 'east'", "")
    return re.sub(r"Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?", r"\1(", alone)
