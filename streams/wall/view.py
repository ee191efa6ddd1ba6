"""The board in one browser: NiceGUI elements, made once and changed in place."""

from datetime import datetime

from nicegui import ui

from streams import clock
from streams.wall.board import Board, Panel
from streams.wall.feed import BoardFeed, PanelState
from streams.wall.navigation import ALERTS, Rotation, address, steps_of
from streams.wall.selectors import selectors
from streams.wall.words import alerts_text, banner_text, clock_text, freshness, missing_text

# A board of more rows than a screen holds scrolls instead of shrinking.
_ROWS_THAT_FIT = 30


class PanelView:
    """One panel: title, body, a chart where its type has one, and its problem in words."""

    def __init__(self, board: Board, panel: Panel) -> None:
        """Make the elements, empty until the first data; the title leads to what is behind the numbers."""
        self._shown: PanelState | None = None
        place = panel.grid_pos
        area = f"grid-area:{place.y + 1}/{place.x + 1}/span {place.h}/span {place.w};--rows:{place.h}"
        name = f"panel-{panel.id}"
        self._card = ui.element("section").classes(f"panel type-{panel.type}").style(area)
        self._card.props["data-testid"] = name
        self._card.props["aria-label"] = panel.title
        with self._card:
            with ui.element("h2").classes("title") as heading:
                ui.link(panel.title, f"{address(board)}/{panel.id}").props(f"data-testid={name}-title")
                for link in panel.links:
                    ui.link("ⓘ", link.url).classes("about").props["title"] = link.title
            heading.props["title"] = panel.description
            self._body = ui.html("", sanitize=False).classes("body")
            self._chart = (
                ui.echart({}, renderer="svg").classes("chart") if panel.type == "timeseries" else None
            )
            self._problem = ui.label().classes("problem").props(f"data-testid={name}-problem role=alert")
            self._problem.set_visibility(False)

    def show(self, state: PanelState, *, stale: bool) -> None:
        """Show a state; what did not change is not sent."""
        self._card.classes(add="stale") if stale else self._card.classes(remove="stale")
        if state is self._shown:
            return
        if state.drawing is not None and (self._shown is None or state.drawing != self._shown.drawing):
            self._body.set_content(state.drawing.html)
            self._draw_chart(state)
        self._problem.set_text(state.problem)
        self._problem.set_visibility(bool(state.problem))
        self._shown = state

    def _draw_chart(self, state: PanelState) -> None:
        if self._chart is None or state.drawing is None:
            return
        self._chart.set_visibility(state.drawing.chart is not None)
        if state.drawing.chart is not None:
            self._chart.options.clear()
            self._chart.options.update(state.drawing.chart)
            self._chart.update()


class BoardView:
    """The header and the grid of panels of one browser."""

    def __init__(self, feed: BoardFeed, boards: list[Board], rotation: Rotation | None = None) -> None:
        """Make the page's elements; in a rotation the browser goes on when the board's time is over."""
        self._feed = feed
        board = feed.board
        with ui.element("main").classes("wall"):
            self._make_header(board, boards, rotation)
            self._banner = ui.label().classes("banner").props("data-testid=wall-banner role=alert")
            self._banner.set_visibility(False)
            self._selectors = ui.html("", sanitize=False).classes("selectors")
            fits = "fits" if board.rows <= _ROWS_THAT_FIT else "scrolls"
            with ui.element("div").classes(f"grid {fits}").style(f"--all-rows:{board.rows}"):
                self._panels = {panel.id: PanelView(board, panel) for panel in board.panels}
        self.refresh()
        self.tick(clock.now())
        if rotation is not None:
            ui.timer(rotation.seconds, lambda: ui.navigate.to(rotation.after(board.uid)), once=True)

    def rest(self) -> None:
        """Take note of a refresh of another board; this one shows nothing of it."""

    def refresh(self) -> None:
        """Show what the feed has now."""
        now = clock.now()
        self._selectors.set_content(selectors(self._feed))
        for panel_id, view in self._panels.items():
            state = self._feed.states[panel_id]
            view.show(state, stale=self._feed.is_stale(state, now))

    def tick(self, now: datetime) -> None:
        """Move the clock and every age by a second."""
        status, zone = self._feed.status, self._feed.board.zone
        fresh = freshness(status, now, zone)
        self._clock.set_text(clock_text(now, zone))
        self._as_of.set_text(fresh.text)
        self._as_of.classes(replace=f"as-of {fresh.grade}")
        self._simulated.set_visibility(status.simulated)
        self._missing.set_text(missing := missing_text(status))
        self._missing.set_visibility(bool(missing))
        if self._alerts is not None:
            self._alerts.set_text(alerts := alerts_text(status))
            self._alerts.set_visibility(bool(alerts))
            # Replaced, its classes would lack the one that hides it.
            grave, other = ("critical", "") if status.critical else ("", "critical")
            self._alerts.classes(add=grave, remove=other)
        banner = banner_text(status, now, zone)
        self._banner.set_text(banner)
        self._banner.set_visibility(bool(banner))
        for panel_id, view in self._panels.items():
            state = self._feed.states[panel_id]
            view.show(state, stale=bool(banner) or self._feed.is_stale(state, now))

    def _make_header(self, board: Board, boards: list[Board], rotation: Rotation | None) -> None:
        with ui.element("header").classes("top"):
            with ui.element("h1"):
                ui.label(board.title).props("data-testid=wall-title")
            with ui.element("nav"):
                for step in steps_of(board, boards, self._feed.choice.query):
                    path = step.url.partition("?")[0]
                    ui.link(step.title, step.url).classes("here" if path == address(board) else "")
            if rotation is not None:
                ui.label(rotation.words(board.uid)).classes("turn").props("data-testid=wall-turn")
            with ui.element("div").classes("warnings"):
                if board.mark:
                    ui.label(board.mark).classes("simulated").props("data-testid=wall-mark")
                self._simulated = ui.label("DỮ LIỆU MÔ PHỎNG").props("data-testid=wall-simulated")
                self._simulated.classes("simulated").set_visibility(False)
                self._missing = ui.label().classes("simulated").props("data-testid=wall-missing")
                self._missing.set_visibility(False)
            self._alerts: ui.link | None = None
            if board.uid != ALERTS:
                self._alerts = ui.link("", f"/d/{ALERTS}").classes("alerts").props("data-testid=wall-alerts")
                self._alerts.set_visibility(False)
            with ui.element("div").classes("moments"):
                self._as_of = ui.label().classes("as-of").props("data-testid=wall-as-of")
                self._clock = ui.label().classes("clock").props("data-testid=wall-clock")
