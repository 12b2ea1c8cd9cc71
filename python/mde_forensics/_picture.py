"""Draws a timeline as SVG, without scripts, fonts or network access."""

from __future__ import annotations

from datetime import timedelta

from ._display import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from ._table import Timeline

_LABELS, _WIDTH, _LANE, _BINS = 170, 780, 20, 195
_COLOURS = (
    "#4269d0",
    "#d1572b",
    "#3c9a5f",
    "#a463f2",
    "#c2410c",
    "#0e7490",
    "#b4457f",
    "#7a6a4f",
    "#64748b",
    "#8a6d00",
)
#: If the timeline is longer than this, its last day is drawn a second time.
_LONG = timedelta(days=3)
_DAY = timedelta(days=1)


def timeline(shown: Timeline) -> str:
    """Draws one row per kind of event over the whole time, and again over the last day."""
    times: list[datetime | None] = shown.column("time_utc")
    events = [(at, str(kind)) for at, kind in zip(times, shown.column("event")) if at is not None]
    if not events:
        return "<p>nothing here has its own timestamp</p>"
    first, last = min(at for at, _ in events), max(at for at, _ in events)
    panels = [("whole period", first, last, events)]
    if last - first > _LONG:
        recent = [event for event in events if last - event[0] <= _DAY]
        panels.append(("last 24 hours", last - _DAY, last, recent))
    order = {kind: at for at, kind in enumerate(sorted({kind for _, kind in events}))}
    drawn, top = [], 0
    for title, start, end, inside in panels:
        panel, height = _panel(title, start, end, inside, order)
        drawn.append(f'<g transform="translate(0,{top})">{panel}</g>')
        top += height
    about = safe(f"{len(events)} events from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC")
    width = _LABELS + _WIDTH + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{about}" viewBox="0 0 {width} {top}" '
        f'width="{width}" height="{top}" style="max-width:100%" font-family="sans-serif" font-size="11" '
        f'fill="currentColor"><title>{about}</title>{"".join(drawn)}</svg>'
    )


def _panel(
    title: str, start: datetime, end: datetime, events: list[tuple[datetime, str]], order: dict[str, int]
) -> tuple[str, int]:
    from math import log

    span = max((end - start).total_seconds(), 1.0)
    bins: dict[tuple[str, int], int] = {}
    for at, kind in events:
        place = min(int((at - start).total_seconds() / span * _BINS), _BINS - 1)
        bins[kind, place] = bins.get((kind, place), 0) + 1
    most = max(bins.values(), default=1)
    lanes = [kind for kind in order if any(kind == of for of, _ in bins)]
    marks = [f'<text x="0" y="14" font-weight="bold">{safe(title)}</text>']
    for lane, kind in enumerate(lanes):
        y = 24 + lane * _LANE
        count = sum(number for (of, _), number in bins.items() if of == kind)
        marks.append(f'<text x="0" y="{y + 13}">{safe(kind.replace("_", " "))} ({count})</text>')
        marks.append(
            f'<line x1="{_LABELS}" x2="{_LABELS + _WIDTH}" y1="{y + _LANE - 1}" y2="{y + _LANE - 1}" '
            'stroke="currentColor" stroke-opacity="0.15"/>'
        )
    step = _WIDTH / _BINS
    for (kind, place), count in sorted(bins.items()):
        y = 24 + lanes.index(kind) * _LANE
        at = start + (end - start) * (place / _BINS)
        words = f"{kind.replace('_', ' ')}: {count} from {at:%Y-%m-%d %H:%M:%S} UTC"
        # A single event must be visible beside a thousand.
        opacity = 0.35 + 0.65 * log(1 + count) / log(1 + most)
        marks.append(
            f'<rect x="{_LABELS + place * step:.1f}" y="{y + 2}" width="{step:.1f}" height="{_LANE - 5}" '
            f'fill="{_COLOURS[order[kind] % len(_COLOURS)]}" fill-opacity="{opacity:.2f}">'
            f"<title>{safe(words)}</title></rect>"
        )
    bottom = 24 + len(lanes) * _LANE
    form = "%Y-%m-%d" if span > 6 * _DAY.total_seconds() else "%m-%d %H:%M"
    for tick in range(7):
        x = _LABELS + _WIDTH * tick / 6
        words = f"{start + (end - start) * (tick / 6):{form}}"
        marks.append(f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{words}</text>')
    return "".join(marks), bottom + 28
