"""What a subset or a cluster may be called, and a subset's colour."""

import unicodedata

from .errors import UserError

# By their place in the palette of the figures (core/figures/theme.py), so that a subset looks alike everywhere
COLOURS = ("blue", "orange", "green", "pink", "sky", "vermilion", "violet", "olive", "wine", "brown")
LONGEST, LONGEST_NOTE = 100, 2000
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # would turn round the words beside a name


def checked_name(name: str, what: str = "subset") -> str:
    """The name as it is kept: on one line, one code for each letter, nothing in it that controls what stands beside it.

    `what` is the kind of thing that is named, as a message calls it.

    Raises:
        UserError: nothing that can be seen, or too long.
    """
    found = " ".join(_visible(name).split())
    if not any(unicodedata.category(letter)[0] not in "ZC" for letter in found):
        raise UserError(f"A {what} needs a name that can be seen. Give it one.")
    if len(found) > LONGEST:
        more = " Use the note." if what == "subset" else " Shorten it."
        raise UserError(f"A name has at most {LONGEST} characters, and this one has {len(found):,}.{more}")
    return found


def checked_note(note: str) -> str:
    """The note as it is kept.

    Raises:
        UserError: it is too long.
    """
    found = _visible(note).strip()
    if len(found) > LONGEST_NOTE:
        raise UserError(f"A note has at most {LONGEST_NOTE:,} characters, and this one has {len(found):,}.")
    return found


def checked_colour(colour: str) -> str:
    """The colour itself.

    Raises:
        UserError: there is none of that name.
    """
    if colour not in COLOURS:
        raise UserError(f"There is no colour {colour!r}. The colours: {', '.join(COLOURS)}.")
    return colour


def _visible(text: str) -> str:
    """Text that any program can show: a control character or a lone surrogate has no letter of its own."""
    sound = unicodedata.normalize("NFC", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return "".join(c for c in sound if c in "\n\t" or (unicodedata.category(c) != "Cc" and c not in _TURNS))
