"""The hull of cost against quality as an SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from conversations.evaluation.routing_hull import Point

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 420, 64, 24, 44, 56
TICKS = 5
_COLOURS = {"balanced": "#6366f1", "thrifty": "#f59e0b"}


def svg(title: str, found: Sequence[Point], on_hull: Sequence[Point]) -> str:
    """Every way to route as a dot, the hull as a line; the ends by name."""
    most = max((point.cost_usd for point in found), default=0.0) or 1.0

    def x(point: Point) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * point.cost_usd / most

    def y(quality: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * quality

    line = " ".join(f"{x(point):.1f},{y(point.quality):.1f}" for point in on_hull)
    dots = [
        f'<circle cx="{x(p):.1f}" cy="{y(p.quality):.1f}" r="{3 if p.threshold is not None else 5}" '
        f'fill="{_COLOURS.get(p.name, "#111827")}"><title>{escape(_label(p))}</title></circle>'
        for p in found
    ]
    names = [_text(min(x(p), WIDTH - 130) + 8, y(p.quality) - 8, p.name) for p in found if p.threshold is None]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            'font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            _text(LEFT, 22, title),
            *_axes(most),
            f'<polyline points="{line}" fill="none" stroke="#16a34a" stroke-width="2"/>',
            *dots,
            *names,
            "</svg>\n",
        ]
    )


def _axes(most_usd: float) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    lines = [f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#9ca3af"/>']
    for step in range(TICKS + 1):
        share = step / TICKS
        across, up = LEFT + (right - LEFT) * share, bottom - (bottom - TOP) * share
        lines += [
            _text(across, bottom + 18, f"{most_usd * share * 1000:.3g}"),
            _text(LEFT - 34, up + 4, f"{share:.1f}"),
        ]
    return [*lines, _text(LEFT, HEIGHT - 12, "US dollars for 1,000 questions"), _text(8, TOP - 8, "score")]


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="#374151">{escape(text)}</text>'


def _label(point: Point) -> str:
    at = "" if point.threshold is None else f" at {point.threshold:.2f}"
    return f"{point.name}{at}: score {point.quality:.3f}, {point.cost_usd * 1000:.4g} US$ for 1,000"
