"""What all figures share: colours for light and dark, a plain layout, and text that cannot act as markup."""

import math
import unicodedata
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

# Okabe and Ito's colours, which colour-blind people can tell apart, and four that go with them; no grey, which stands
# for "others". The dark ones are the same hues, lighter.
_LIGHT = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8B6CC1", "#7A7A00", "#882255", "#A6761D")
_DARK = ("#4FA8DC", "#F0AE2B", "#1FBF93", "#E59BC5", "#A5DBF8", "#F07B3C", "#B39DE5", "#BFBF4A", "#DB6E97", "#C99A4B")


_LINE = 19  # pixels of a line of a title


@dataclass(frozen=True)
class Theme:
    """The colours of a page, so that its figures look like a part of it."""

    text: str
    muted: str  # axes, notes
    grid: str
    neutral: str  # points that have no colour of their own
    surface: str  # behind hover text
    accent: str
    warning: str  # worse than expected
    palette: tuple[str, ...]  # ten categories, the largest first
    ground: str  # only to blend with: figures themselves are transparent

    @classmethod
    def light(cls) -> "Theme":
        return cls("#1D2430", "#5C6675", "#DDE1E7", "#A9B1BC", "#FFFFFF", "#0072B2", "#C04F00", _LIGHT, "#FFFFFF")

    @classmethod
    def dark(cls) -> "Theme":
        return cls("#E6E9EE", "#9AA4B2", "#343A44", "#6B7482", "#1D2128", "#4FA8DC", "#F07B3C", _DARK, "#14171C")

    def category(self, rank: int) -> str:
        """The colour of the category of that rank, from 0; grey from the eleventh on."""
        return self.palette[rank] if rank < len(self.palette) else self.neutral


def shown(text: str, limit: int = 60) -> str:
    """`text` on one line of at most `limit` characters, such that plotly shows it letter by letter.

    Plotly reads tags and entities in every text, `%{...}` in templates and formulas between dollars; characters that
    control the direction or nothing visible are dropped.
    """
    visible = "".join(" " if letter.isspace() else letter for letter in text[: 8 * limit])
    visible = " ".join("".join(c for c in visible if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).split())
    if len(visible) > limit:
        visible = visible[: limit - 1].rstrip() + "…"
    escaped = visible.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("$", "&#36;").replace("%{", "&#37;{")


def number(value: float) -> str:
    """Three significant figures, zeros at the end included, thousands separated; whole numbers as they are.

    >>> number(0.69), number(12.04), number(999.7), number(1234.5), number(60)
    ('0.690', '12.0', '1,000', '1,234', '60')
    """
    if float(value).is_integer() or abs(value) >= 999.5:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".") if abs(value) >= 1e-3 else f"{value:.2e}"


def plus_minus(value: float, error: float) -> str:
    """A value with its error, in three significant figures as far as these are one or two of the error.

    >>> plus_minus(0.69123, 0.0042), plus_minus(1234.5, 56.7), plus_minus(0.69123, 0.00004)
    ('0.691 ± 0.004', '1,234 ± 57', '0.69123 ± 0.00004')
    >>> plus_minus(-0.0003, 0.02), plus_minus(-12.3, 1000)
    ('0.000 ± 0.020', '−12 ± 1,000')
    """
    if not math.isfinite(value):
        return "infinite" if math.isinf(value) else "no value"
    if not math.isfinite(error) or error == 0:
        return number(value).replace("-", "−", 1) if value < 0 else number(value)
    least = -math.floor(math.log10(error))  # decimals that show one figure of the error
    decimals = 2 - math.floor(math.log10(abs(value))) if value else 0
    decimals = min(9, max(0, least, min(decimals, least + 1)))
    if decimals > 6 and abs(value) < 1e-3:
        return f"{value:.2e} ± {error:.1e}".replace("-", "−", value < 0)
    return f"{_signed(value, decimals)} ± {error:,.{decimals}f}"


def _signed(value: float, decimals: int) -> str:
    """With a real minus sign, and none where all figures are zeros."""
    words = f"{abs(value):,.{decimals}f}"
    return f"−{words}" if value < 0 and words.strip("0.,") else words


def blend(colour: str, ground: str, share: float) -> str:
    """`#rrggbb` colours mixed, `share` of the first."""
    mixed = (
        round(share * int(colour[at : at + 2], 16) + (1 - share) * int(ground[at : at + 2], 16)) for at in (1, 3, 5)
    )
    return "#" + "".join(f"{each:02x}" for each in mixed)


def plain_figure(theme: Theme, title: str, height: int, *, title_width: int = 48, **layout: Any) -> go.Figure:
    """An empty figure: transparent, quiet axes, its title at the left, safe to redraw without losing the view.

    `title_width` is the number of characters after which the title goes on in a new line; a line break in it stays.
    Without a title its room is the figure's.
    """
    lines = _wrapped(title, title_width) if title else []
    axis = {
        "gridcolor": theme.grid,
        "zeroline": False,
        "linecolor": theme.grid,
        "tickfont": {"color": theme.muted, "size": 12},
        "title": {"font": {"color": theme.muted, "size": 12}},
        "automargin": True,
    }
    figure = go.Figure(
        layout={
            "title": {
                "text": "<br>".join(lines),
                "font": {"size": 15, "color": theme.text},
                "pad": {"t": 6},
                "x": 0,
                "xref": "paper",
                "y": 1 - _LINE * max(0, len(lines) - 1) / height,  # plotly lets further lines grow upwards
                "yref": "container",
                "yanchor": "top",
            },
            "template": None,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "Source Sans Pro, Source Sans, sans-serif", "color": theme.text, "size": 13},
            "hoverlabel": {"bgcolor": theme.surface, "bordercolor": theme.grid, "font": {"color": theme.text}},
            "margin": {"l": 8, "r": 8, "t": 12 + _LINE * len(lines), "b": 8},
            "height": height,
            "xaxis": axis,
            "yaxis": axis,
            "showlegend": False,
        }
    )
    return figure.update_layout(**layout) if layout else figure


def _wrapped(title: str, width: int) -> list[str]:
    """Lines that a phone can show; plotly would cut a long title off."""
    lines = []
    for stretch in title.split("\n"):
        lines.append("")
        for word in stretch.split():
            if lines[-1] and len(lines[-1]) + len(word) >= width:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
