"""An engine whose only user has the grants of one of deploy/'s users: what it permits, the server would.

Run as `python -m tests.roles USER FOLDER`: statements come in as JSON lines, and for each the code of its
error goes out, 0 for none. The engine's own user is called default, so the user of deploy/ takes that name.
"""

import json
import re
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from streams.local.clickhouse_chdb import connect
from streams.resources import checkout

USERS: Final = checkout() / "deploy/clickhouse/users.d/kpi.xml"
_CODE: Final = re.compile(r"Code: (\d+)\.")


def _as_default(user: str) -> bytes:
    """Write the users' file with one user alone, without its password, under the name that the engine has."""
    tree = ET.parse(USERS)  # noqa: S314 - our own file
    users = tree.find("users")
    assert users is not None
    (wanted,) = [entry for entry in users if entry.tag == user]
    password = wanted.find("password")
    assert password is not None
    password.attrib.clear()
    for entry in list(users):
        users.remove(entry)
    wanted.tag = "default"
    users.append(wanted)
    root = tree.getroot()
    ET.SubElement(ET.SubElement(root, "quotas"), "default")
    profiles = root.find("profiles")
    assert profiles is not None
    ET.SubElement(profiles, "default")
    return ET.tostring(root)


def _config(user: str, folder: Path) -> Path:
    users, config = folder / f"{user}.xml", folder / f"{user}-config.xml"
    users.write_bytes(_as_default(user))
    config.write_text(f"<clickhouse><users_config>{users}</users_config></clickhouse>")
    return config


def main(user: str, folder: Path) -> None:
    """Run what comes in."""
    connection = connect(f"{folder}/data?config-file={_config(user, folder)}")
    for line in sys.stdin:
        try:
            connection.query(json.loads(line), "TSV")
        except RuntimeError as error:
            found = _CODE.search(str(error))
            print(int(found[1]) if found else str(error)[:200], flush=True)  # noqa: T201 - the answer
        else:
            print(0, flush=True)  # noqa: T201 - the same
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
