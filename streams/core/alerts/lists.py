"""Lists of names as operators write them, such as `scopes = ["kim-thanh"]`."""

from typing import Annotated

from pydantic import BeforeValidator


def tuple_of(names: object) -> object:
    """Read a list as a tuple; what is neither is left for the model to refuse.

    Raises:
        ValueError: it is a single name, whose letters would be read as names.
    """
    if isinstance(names, str):
        raise ValueError(f'must be a list: write ["{names}"]')  # noqa: TRY004 - pydantic reports no TypeError
    return tuple(names) if isinstance(names, list) else names


#: A field that is written as a list of names and read as a tuple.
NameList = Annotated[tuple[str, ...], BeforeValidator(tuple_of)]
