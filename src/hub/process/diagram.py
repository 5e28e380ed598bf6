"""A process as a picture: states are columns, steps are arrows between them, clocks are bars over where they run.

Nothing overlaps, however many steps there are, and the same declaration gives the same picture, byte for byte.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from hub.catalog import Take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Clock, Process, StateList, Step

MARGIN: Final = 24
LABELS: Final = 420
"""Width of the texts on the left."""
LANE: Final = 112
ROW: Final = 34
HEAD: Final = 64
STYLE: Final = (
    "text{font:13px 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif;fill:#1b2733}"
    ".s{font-size:11px;fill:#52616f}.lane{stroke:#d5dce3}.box{fill:#eef3f9;stroke:#24527a}"
    ".end{fill:#24527a}.end+text,.end+text+text{fill:#fff}.way{stroke:#24527a;stroke-width:1.6;fill:none}"
    ".auto{stroke-dasharray:5 3}.dot{fill:#24527a}.bar{fill:#e3a535}.pause{fill:#f6e3b8}"
)

TIP: Final = (
    '<defs><marker id="tip" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
    '<path d="M0 0L9 4L0 8z" class="dot"/></marker></defs>'
)


def draw(title: str, process: Process) -> str:
    """Return the picture as an SVG document, with a text for those who cannot see it."""
    lanes = {state: LABELS + LANE * at + LANE // 2 for at, state in enumerate(process.states)}
    rows = len(process.steps) + len(process.clocks)
    width, height = LABELS + LANE * len(lanes) + MARGIN, HEAD + ROW * (rows + 2) + MARGIN
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(in_words(process))}</desc>',
        f"<style>{STYLE}</style>",
        TIP,
        *(_lane(state, x, height, final=state in process.final) for state, x in lanes.items()),
    ]
    at = HEAD + ROW
    for step in process.steps.values():
        parts += _step(step, process, lanes, at)
        at += ROW
    at += ROW // 2
    for clock in process.clocks.values():
        parts += _clock(clock, lanes, at)
        at += ROW
    return "\n".join((*parts, "</svg>", ""))


def in_words(process: Process) -> str:
    """The same as sentences."""
    ways = (
        f"{step.name}: {' or '.join(state.name for state in step.sources) or 'start'} to {step.target.name}, "
        f"by {step.by} ({step.article})."
        for step in process.steps.values()
    )
    clocks = (
        f"{clock.name}: {length_of(clock)} in {' or '.join(state.name for state in clock.runs)} ({clock.article})."
        for clock in process.clocks.values()
    )
    return " ".join((*ways, *clocks))


def length_of(clock: Clock) -> str:
    """The period of a clock, with its extension."""
    if isinstance(clock.budget, str):
        return f"until {clock.budget}"
    most = "at most " if clock.by_rule else ""
    return f"{most}{clock.budget}" + (f", and {clock.extension} once" if clock.extension is not None else "")


def _lane(state: StateList, x: int, height: int, *, final: bool) -> str:
    look = "end" if final else "box"
    return (
        f'<line class="lane" x1="{x}" y1="{HEAD}" x2="{x}" y2="{height - MARGIN // 2}"/>'
        f'<rect class="{look}" x="{x - LANE // 2 + 5}" y="12" width="{LANE - 10}" height="{HEAD - 18}" rx="6"/>'
        f'<text x="{x}" y="34" text-anchor="middle">{escape(state.zh)}</text>'
        f'<text class="s" x="{x}" y="50" text-anchor="middle">{escape(state.name)}</text>'
    )


def _label(first: str, second: str, y: int) -> Iterator[str]:
    yield f'<text x="{MARGIN}" y="{y - 2}">{escape(first)}</text>'
    yield f'<text class="s" x="{MARGIN}" y="{y + 12}">{escape(second)}</text>'


def _step(step: Step, process: Process, lanes: dict[StateList, int], y: int) -> Iterator[str]:
    by = " ".join(process.taker(step))
    yield from _label(f"{step.zh} {step.name}", f"{by} · {step.article}", y)
    automatic = " auto" if step.automatic else ""
    end = lanes[step.target]
    starts = [lanes[source] for source in step.sources] or [end - LANE // 2 + 8]
    for start in starts:
        if start == end:
            yield f'<path class="way{automatic}" d="M{end} {y - 7}c26 -4 26 18 2 13" marker-end="url(#tip)"/>'
        else:
            short = 6 if end > start else -6
            yield f'<path class="way{automatic}" d="M{start} {y}H{end - short // 3}" marker-end="url(#tip)"/>'
        if step.sources:
            yield f'<circle class="dot" cx="{start}" cy="{y if start != end else y - 7}" r="3.5"/>'


def _clock(clock: Clock, lanes: dict[StateList, int], y: int) -> Iterator[str]:
    then = ", ".join(act.step if isinstance(act, Take) else f"tells {act.to}" for act in clock.late)
    yield from _label(f"{clock.zh} {clock.name}", f"{length_of(clock)} · {clock.article} · late: {then}", y)
    for look, states in (("bar", clock.runs), ("pause", clock.pauses)):
        for state in states:
            x = lanes[state]
            yield f'<rect class="{look}" x="{x - LANE // 2 + 8}" y="{y - 7}" width="{LANE - 16}" height="13" rx="3"/>'
