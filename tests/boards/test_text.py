"""Text panels: markdown in, safe HTML out."""

from datetime import UTC, datetime

from streams.wall.board import Panel
from streams.wall.panels.drawing import Picture
from streams.wall.panels.registry import draw
from streams.wall.timerange import TimeRange

SPAN = TimeRange(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC))


def drawn(content: str, mode: str = "markdown") -> str:
    """Draw a text panel."""
    model = {
        "id": 1,
        "type": "text",
        "gridPos": {"x": 0, "y": 0, "w": 6, "h": 8},
        "options": {"mode": mode, "content": content},
    }
    return draw(Picture(Panel.model_validate(model), (), SPAN, UTC)).html


def test_a_heading_can_be_linked_to_by_its_name() -> None:
    """A name with underscores stays what it is."""
    html = drawn("### year_to_date\n\n**Từ đầu năm**")

    assert '<h3 id="year_to_date">year_to_date</h3>' in html
    assert "<strong>Từ đầu năm</strong>" in html


def test_words_run_nothing() -> None:
    """HTML and addresses of scripts come out as text, or as nothing."""
    html = drawn("<img src=x onerror=alert(1)> [a](javascript:alert(1)) [b](/d/b)")

    assert "<img" not in html
    assert "javascript:" not in html
    assert 'href="/d/b"' in html


def test_html_of_its_own_is_shown_as_it_was_written() -> None:
    """The wall writes markdown alone."""
    assert "&lt;b&gt;x&lt;/b&gt;" in drawn("<b>x</b>", "html")
