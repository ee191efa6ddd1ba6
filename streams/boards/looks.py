"""How values look: colours, thresholds, and mappings that show words in Vietnamese."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from streams.registry import Gate, Plant, Zone
from streams.vocabulary import CLEARING, STATES

Json = dict[str, Any]

TRADE: Final = "light-blue"
OUTPUT: Final = "light-purple"
QUIET: Final = "#8E95A3"
#: Colours of series that stand on each other and mean nothing; neighbours differ.
SHADES: Final = (
    *("purple", "light-blue", "super-light-purple", "blue", "#8E95A3", "dark-purple"),
    *("super-light-blue", "semi-dark-blue", "light-purple"),
)
#: What is shut or at rest is neither good nor bad.
SHUT: Final = "#4F5B73"
#: Signs that say without colour what colour says too; SQL writes them before a value.
_SIGNS: Final = (("^● ", "green"), ("^◆ ", "orange"), ("^■ ", "red"), ("^○ ", QUIET))
_VERDICTS: Final = {
    "clearing": ("●", "green"),
    "slow": ("◆", "orange"),
    "not_clearing": ("■", "red"),
    "idle": ("○", QUIET),
    "closed": ("○", QUIET),
    "no_data": ("◆", "orange"),
}
#: Colours of a gate's states; SQL gives a state by its place in this order, from 1.
_STATE_COLOURS: Final = {"no_data": "dark-red", "closed": SHUT, "restricted": "orange", "open": "green"}
#: The same for plants.
_PLANT_STATES: Final = {
    "silent": ("IM LẶNG", "purple"),
    "stopped": ("Dừng", "red"),
    "idle": ("Nghỉ", SHUT),
    "producing": ("Chạy", "green"),
}


def fixed(colour: str) -> Json:
    """Give the colour mode of data: one colour that means nothing."""
    return {"mode": "fixed", "fixedColor": colour}


def steps(*colours: tuple[str, float | None]) -> Json:
    """Give absolute thresholds; the first has no value."""
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for colour, value in colours]}


def names(places: Iterable[Gate | Zone | Plant]) -> Json:
    """Give the value mapping that shows slugs by their Vietnamese names."""
    return words({place.slug: place.vi for place in places})


def lanes(gates: Iterable[Gate]) -> Json:
    """Give the value mapping of lanes."""
    return words(lane_names(gates))


def lane_names(gates: Iterable[Gate]) -> dict[str, str]:
    """Name lanes: gate, way and number, as their slugs say."""
    ways = {"out": "ra", "in": "vào"}
    found = {"unknown": "Chưa rõ làn"}
    for gate in gates:
        for lane in gate.lanes:
            way, _, number = lane.removeprefix(f"{gate.slug}-").partition("-")
            found[lane] = f"{gate.vi} · {ways.get(way, way)} {number}"
    return found


def words(texts: Mapping[str, str]) -> Json:
    """Give the value mapping that shows words by others."""
    options = {word: {"text": text, "index": index} for index, (word, text) in enumerate(texts.items())}
    return {"type": "value", "options": options}


def verdicts() -> Json:
    """Give the value mapping of whether a gate clears."""
    return _coloured(
        {word: (f"{sign} {CLEARING[word]}", colour) for word, (sign, colour) in _VERDICTS.items()}
    )


def gate_states() -> Json:
    """Give the value mapping of a gate's numbered states."""
    shown = {word: (STATES[word].capitalize(), colour) for word, colour in _STATE_COLOURS.items()}
    return _coloured({str(number): shown[word] for number, word in enumerate(shown, 1)})


def plant_states() -> Json:
    """Give the value mapping of a plant's numbered states."""
    return _coloured({str(number): shown for number, shown in enumerate(_PLANT_STATES.values(), 1)})


def _coloured(texts: Mapping[str, tuple[str, str]]) -> Json:
    options = {
        word: {"text": text, "color": colour, "index": index}
        for index, (word, (text, colour)) in enumerate(texts.items())
    }
    return {"type": "value", "options": options}


def signs() -> list[Json]:
    """Give the value mappings that colour what begins with a sign."""
    return [paint(pattern, colour, index) for index, (pattern, colour) in enumerate(_SIGNS)]


def paint(pattern: str, colour: str, index: int) -> Json:
    """Give the value mapping that colours the words that match, and leaves them as they are."""
    return {"type": "regex", "options": {"pattern": pattern, "result": {"color": colour, "index": index}}}


def empty(text: str) -> Json:
    """Give the value mapping that shows an empty word, which stands for all, by another."""
    return {"type": "special", "options": {"match": "empty", "result": {"text": text, "index": 0}}}
