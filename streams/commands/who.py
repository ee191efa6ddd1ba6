"""Who is at the keyboard, for what is written down about an action."""

import getpass
import os
import socket


def who() -> str:
    """Name the person at the keyboard, as far as the system knows."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # A container without a user of that number.
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"
