"""Where the files beside the code lie: sql/, grafana/ and deploy/, in a checkout or an installation."""

import sys
from pathlib import Path
from typing import Final

_CHECKOUT: Final = Path(__file__).resolve().parent.parent
_INSTALLED: Final = Path(sys.prefix) / "share" / "laocai-gate-kpi"


def is_checkout() -> bool:
    """Tell whether the code runs from a checkout (then state lives in `.kpi/` beside it)."""
    return (_CHECKOUT / "pyproject.toml").is_file()


def checkout() -> Path:
    """Give the folder that holds `streams/`."""
    return _CHECKOUT


def resource(name: str) -> Path:
    """Give the path of a shipped file or folder, such as `deploy/registry.toml`.

    Raises:
        FileNotFoundError: neither the checkout nor the installation has it.
    """
    for root in (_CHECKOUT, _INSTALLED):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"{name}: not in {_CHECKOUT} nor in {_INSTALLED}")
