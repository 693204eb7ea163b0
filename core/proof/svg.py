"""Small static figures: SVG as text, coloured by the classes of the report's style sheet."""

import html
import math
import unicodedata
from collections.abc import Iterable, Sequence

WIDTH = 720  # of every figure, in the units that its coordinates are in


def esc(text: object, limit: int = 80) -> str:
    """Any text on one line, as HTML and SVG show it letter by letter: for content and for quoted attributes."""
    words = " ".join("".join(" " if letter.isspace() else letter for letter in str(text)[: 8 * limit]).split())
    visible = "".join(letter for letter in words if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co"))
    return html.escape(visible if len(visible) <= limit else visible[: limit - 1].rstrip() + "…", quote=True)


def number(value: float | None) -> str:
    """Three significant figures, thousands separated; whole numbers as they are.

    >>> number(0.69), number(1234.5), number(60), number(None)
    ('0.690', '1,234', '60', 'no value')
    """
    if value is None or math.isnan(value):
        return "no value"
    if math.isinf(value):
        return "infinite"
    if float(value).is_integer() or abs(value) >= 999.5:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".") if abs(value) >= 1e-3 else f"{value:.2e}"


def figure(height: float, parts: Iterable[str], title: str, kind: str = "words") -> str:
    """A figure of that height; `title` is read out by screen readers. One with words keeps them legible on a phone."""
    inside = "\n".join(parts)
    box = f'viewBox="0 0 {WIDTH} {_short(height)}"'
    return f'<svg {box} class="{kind}" role="img" aria-label="{esc(title, 200)}">\n{inside}\n</svg>'


def text(x: float, y: float, words: object, kind: str = "t", anchor: str = "start", limit: int = 80) -> str:
    """Words at a place; `kind` is a class: t, m for muted ones."""
    return f'<text x="{_short(x)}" y="{_short(y)}" class="{kind}" text-anchor="{anchor}">{esc(words, limit)}</text>'


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A bar."""
    return (
        f'<rect x="{_short(x)}" y="{_short(y)}" width="{_short(max(width, 0))}" height="{_short(height)}" '
        f'class="{kind}"/>'
    )


def line(points: Sequence[tuple[float, float]], kind: str) -> str:
    """A line through points."""
    way = " ".join(f"{_short(x)} {_short(y)}" for x, y in points)
    return f'<path d="M{way}" class="{kind}"/>' if points else ""


def dots(points: Iterable[tuple[float, float]], kind: str) -> str:
    """Dots as one path of strokes without length, which takes a tenth of the bytes of circles."""
    return f'<path d="{"".join(f"M{_short(x)} {_short(y)}h0" for x, y in points)}" class="{kind}"/>'


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between two, at most about so many.

    >>> ticks(0, 97)
    [0.0, 20.0, 40.0, 60.0, 80.0]
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / most
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    return [round(float(each * step), 12) for each in range(math.ceil(low / step), math.floor(high / step + 1e-9) + 1)]


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
