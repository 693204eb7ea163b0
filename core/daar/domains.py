"""Domains as a person names them: a name, a sentence on it, and examples where the model is not to write them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from ..errors import UserError

Pair = tuple[str, str]  # prompt, response

_MATHS = ("math", "arithmetic", "algebra", "geometry")
_TAU, _TAU_MATHS = 0.85, 0.9
_FIELDS = ("domain", "prompt", "response")


@dataclass(frozen=True)
class Domain:
    """A domain by name.

    Args:
        sentence: what belongs to it, as the model is told it.
        tau: a new pair is kept where its cosine to all that are kept is below this; None: the paper's, 0.9 for maths
            and 0.85 for the others.
        examples: pairs of prompt and response that stand for it, in place of pairs that the model writes.
    """

    name: str
    sentence: str = ""
    tau: float | None = None
    examples: tuple[Pair, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise UserError("A domain has no name.")
        if self.tau is not None and not -1 < self.tau <= 1:
            raise UserError(f"{self.name}: tau is {self.tau}, and must be a cosine, above -1 and at most 1.")
        if blank := [number for number, pair in enumerate(self.examples, 1) if not any(map(str.strip, pair))]:
            raise UserError(f"{self.name}: example {blank[0]} is empty.")

    @property
    def threshold(self) -> float:
        """The cosine below which a new pair is kept.

        >>> Domain("Mathematics").threshold, Domain("code").threshold
        (0.9, 0.85)
        """
        if self.tau is not None:
            return self.tau
        return _TAU_MATHS if any(word in self.name.lower() for word in _MATHS) else _TAU

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "sentence": self.sentence,
            "tau": self.tau,
            "examples": [list(pair) for pair in self.examples],
        }

    @classmethod
    def from_json(cls, found: Any) -> Self:
        """The domain that `as_json` gave.

        Raises:
            UserError: what is no domain.
        """
        if not isinstance(found, Mapping) or not set(found) <= {"name", "sentence", "tau", "examples"}:
            raise UserError("A domain has a name, and perhaps a sentence, a tau and examples.")
        name, sentence, tau = found.get("name"), found.get("sentence", ""), found.get("tau")
        pairs = found.get("examples", ())
        if not isinstance(name, str) or not isinstance(sentence, str):
            raise UserError("The name of a domain and the sentence on it are text.")
        if tau is not None and (isinstance(tau, bool) or not isinstance(tau, int | float)):
            raise UserError(f"{name}: tau is {tau!r}, and must be a number.")
        if not isinstance(pairs, list | tuple) or not all(map(_is_pair, pairs)):
            raise UserError(f"{name}: an example is a prompt and a response.")
        return cls(name, sentence, None if tau is None else float(tau), tuple((a, b) for a, b in pairs))


def _is_pair(found: Any) -> bool:
    return isinstance(found, list | tuple) and len(found) == 2 and all(isinstance(text, str) for text in found)


def domains_in(words: str) -> tuple[Domain, ...]:
    """The domains in `maths, law; code: programs, and questions about them`.

    Between names stand commas, semicolons or line ends. A sentence goes on to the next semicolon or line end, since
    it may have commas of its own.

    >>> [(each.name, each.sentence) for each in domains_in("maths, code: programs, scripts; law")]
    [('maths', ''), ('code', 'programs, scripts'), ('law', '')]

    Raises:
        UserError: a domain without a name, or what looks like a domain with a sentence within another's sentence.
    """
    found = []
    for part in re.split(r"[\n;]", words):
        names, colon, sentence = part.partition(":")
        if inner := re.search(r",\s*([^,:]*\S)\s*:", sentence):
            raise UserError(
                f"It cannot be told whether {inner[1]!r} is a domain or part of the sentence before it. Put a "
                "semicolon or a line end between domains that have sentences."
            )
        *alone, last = names.split(",")
        found += [Domain(name.strip()) for name in alone if name.strip()]
        if colon or last.strip():
            found.append(Domain(last.strip(), sentence.strip()))
    return tuple(found)


def read_examples(path: Path) -> dict[str, tuple[Pair, ...]]:
    """The examples by domain in a JSONL file: an object a line with domain, prompt and response.

    Raises:
        UserError: no such file, or a line that is no example, with its number.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # and at no other end of a line: JSON may hold them
    except OSError as error:
        raise UserError(f"The examples {path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not text in UTF-8. Save it so.") from error
    return parse_examples(lines, path.name)


def parse_examples(lines: Sequence[str], name: str) -> dict[str, tuple[Pair, ...]]:
    """The examples by domain in lines of JSON."""
    found: dict[str, list[Pair]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            each = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{name}, line {number}: not JSON. Write an object a line.") from error
        if not isinstance(each, dict) or not all(isinstance(each.get(field), str) for field in _FIELDS):
            raise UserError(f"{name}, line {number}: an example has the texts domain, prompt and response.")
        found.setdefault(each["domain"].strip(), []).append((each["prompt"], each["response"]))
    if not found:
        raise UserError(f"{name} holds no example.")
    return {domain: tuple(pairs) for domain, pairs in found.items()}


def with_examples(domains: Sequence[Domain], examples: Mapping[str, tuple[Pair, ...]]) -> tuple[Domain, ...]:
    """Those domains with their examples; where no domain is named, those of the examples in order.

    Raises:
        UserError: examples of a domain that is not among them.
    """
    if not domains:
        return tuple(Domain(name, examples=pairs) for name, pairs in examples.items())
    names = [each.name for each in domains]
    if unknown := [name for name in examples if name not in names]:
        raise UserError(f"There are examples of {unknown[0]!r}, which is not among the domains {', '.join(names)}.")
    return tuple(replace(each, examples=examples.get(each.name, each.examples)) for each in domains)
