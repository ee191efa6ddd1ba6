"""The fold revision: raised with every change of a contribution or of a key."""

from typing import Final

# A worker of another revision refuses to write: a change of rules is a replay and a promotion.
FOLD_REVISION: Final = 2
