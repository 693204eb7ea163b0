"""What an entropy selection is to do: everything that is decided before any work."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, Self

from ..budget import Budget
from ..errors import UserError
from ..params import Help, Param, Range, declared
from .domains import Domain

EMBEDDINGS = "embeddings"  # in place of a model: the study's own vectors
PROBES = ("mlp", "logistic", "closed form")
Mode = Literal["default", "paper"]


def _plan(
    *,
    mode: Annotated[
        Mode,
        Help(
            "default: rows by the probe's entropy, every row by a trained probe that has not seen it; paper: the "
            "labelled rows are set aside, and a second network foretells the entropy of the others."
        ),
    ] = "default",
    layer: Annotated[
        int, Range(1, 500), Help("Transformer blocks after which the states are read that the probe sees.")
    ] = 3,
    seeds: Annotated[int, Range(1, 50), Help("Pairs of a domain that are generated without counter-examples.")] = 5,
    pairs: Annotated[int, Range(1, 500), Help("Pairs of a domain in all; the paper has 30, and 10 suffice.")] = 30,
    window: Annotated[int, Range(0, 20), Help("Earlier pairs that are given to the model as counter-examples.")] = 3,
    tries: Annotated[int, Range(1, 50), Help("Attempts for every pair that is wanted, before it is given up.")] = 3,
    most_tokens: Annotated[int, Range(4, 4096), Help("Tokens of a generated question or answer at most.")] = 96,
    warmth: Annotated[float, Range(0.05, 5), Help("Temperature at which the model is asked for pairs.")] = 0.9,
    top_p: Annotated[
        float, Range(0.05, 1), Help("Of the next tokens, the likeliest that together have this chance are drawn from.")
    ] = 0.95,
    labelled: Annotated[int, Range(20, 1_000_000), Help("Rows that the probe learns from at most.")] = 5000,
    aside: Annotated[
        float, Range(0.01, 0.5), Help("paper: the share of the rows that is set aside for the probe at most.")
    ] = 0.2,
    folds: Annotated[int, Range(2, 20), Help("default: parts; each part's probe has learned from the others.")] = 5,
    target: Annotated[
        str | None, Help("A domain of which half of the rows are taken, and of the others a tenth; none: all alike.")
    ] = None,
    target_share: Annotated[float, Range(0, 1), Help("The share of the target's rows that is taken.")] = 0.5,
    other_share: Annotated[float, Range(0, 1), Help("The share of the rows of each other domain that is taken.")] = 0.1,
    random_seeds: Annotated[int, Range(1, 50), Help("Random subsets of the same size that are laid beside.")] = 3,
    held_out: Annotated[
        float, Range(0, 0.5), Help("The share of the rows that is kept out of all, for losses after training.")
    ] = 0.0,
) -> None:
    """The signature declares the parameters; nothing is called."""


DAAR_PARAMS: Mapping[str, Param] = declared(_plan)


@dataclass(frozen=True)
class Plan:
    """A model, domains, and how rows are chosen by how uncertain their domain is.

    Args:
        model: a causal language model by folder or hub name, `proxy`, or `embeddings` for the study's own vectors.
        domains: see `Domain`; none where `label` names a column whose values are the domains.
        share: of the pool that is chosen, or a number of rows; a target has shares of its own.
        probes: of `PROBES`; rows are chosen by the first, the others are laid beside it.
        keep_copies: whether exact copies may be chosen and learned from like other rows.
        the others: see `DAAR_PARAMS`.
    """

    model: str = "proxy"
    domains: tuple[Domain, ...] = ()
    label: str | None = None
    share: str = "20%"
    probes: tuple[str, ...] = PROBES
    keep_copies: bool = False
    seed: int = 0
    mode: str = "default"
    layer: int = 3
    seeds: int = 5
    pairs: int = 30
    window: int = 3
    tries: int = 3
    most_tokens: int = 96
    warmth: float = 0.9
    top_p: float = 0.95
    labelled: int = 5000
    aside: float = 0.2
    folds: int = 5
    target: str | None = None
    target_share: float = 0.5
    other_share: float = 0.1
    random_seeds: int = 3
    held_out: float = 0.0

    def __post_init__(self) -> None:
        for name, param in DAAR_PARAMS.items():
            object.__setattr__(self, name, param.check(getattr(self, name), "entropy selection"))
        if Budget.parse(self.share).unit == "tokens":
            raise UserError("An entropy selection has a share in percent or a number of rows, not of tokens.")
        if not 0 <= self.seed < 1 << 63:
            raise UserError(f"The seed is {self.seed}, and must be a whole number from 0 to {(1 << 63) - 1}.")
        unknown = [each for each in self.probes if each not in PROBES]
        if unknown or not self.probes:
            named = f"There is no probe {unknown[0]!r}." if unknown else "Name a probe."
            raise UserError(f"{named} The probes: {', '.join(PROBES)}.")
        if len(set(self.probes)) < len(self.probes):
            raise UserError("A probe is named twice.")
        if self.mode == "paper" and self.probes[0] != "mlp":
            raise UserError(f"The mode 'paper' chooses by the probe mlp, and {self.probes[0]} stands first.")
        self._check_domains()

    def _check_domains(self) -> None:
        names = [each.name for each in self.domains]
        if bool(names) == bool(self.label):
            raise UserError("Name the domains, or a column whose values are the domains: one of the two.")
        if self.label:
            return
        if len(names) < 2:
            raise UserError("Name at least two domains: a row is uncertain where it stands between them.")
        if twice := [name for name in names if names.count(name) > 1]:
            raise UserError(f"The domain {twice[0]!r} is named twice.")
        given = [each for each in self.domains if each.examples]
        if given and len(given) < len(names):
            lacking = next(each.name for each in self.domains if not each.examples)
            raise UserError(
                f"The domain {lacking!r} has no examples, and others have. Give examples of every domain, or of none: "
                "then the model writes them."
            )
        if self.model == EMBEDDINGS and not given:
            raise UserError(
                "Embeddings write no pairs. Give examples of every domain, name a label column, or name a language "
                "model that writes the pairs."
            )
        if self.target is not None and self.target not in names:
            raise UserError(f"The target is {self.target!r}, and must be a domain: {', '.join(names)}.")

    @property
    def source(self) -> Literal["label", "examples", "written"]:
        """Where domains come from: a column, examples that were given, or pairs that the model writes."""
        if self.label:
            return "label"
        return "examples" if self.domains[0].examples else "written"

    @property
    def title(self) -> str:
        """What this is called: DaaR only where one model writes the pairs and has the states (METHODS 5.4)."""
        if self.model == EMBEDDINGS:
            return "Entropy selection (DaaR on embeddings)"
        if self.source == "written":
            return "DaaR with the proxy" if self.model == "proxy" else "DaaR"
        what = "examples" if self.source == "examples" else "labels"
        return f"Entropy selection with given {what}"

    def as_json(self) -> dict[str, Any]:
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return found | {"domains": [each.as_json() for each in self.domains], "probes": list(self.probes)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """The plan that `as_json` gave.

        Raises:
            UserError: a name or value that no plan has.
        """
        kinds: dict[str, type] = {"model": str, "share": str, "keep_copies": bool, "seed": int, "label": str}
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(found) - known):
            raise UserError(f"A plan has no {unknown[0]!r}.")
        for name, kind in kinds.items():
            value = found.get(name)
            if name in found and type(value) is not kind and not (name == "label" and value is None):
                raise UserError(f"A plan's {name} is {value!r}, and must be {_WORDS[kind]}.")
        domains, probes = found.get("domains", ()), found.get("probes", PROBES)
        if not isinstance(domains, list | tuple) or not isinstance(probes, list | tuple):
            raise UserError("The domains and the probes of a plan are lists.")
        given = dict(found) | {"domains": tuple(map(Domain.from_json, domains)), "probes": tuple(map(str, probes))}
        return cls(**given)


_WORDS: dict[type, str] = {str: "text", bool: "true or false", int: "a whole number"}
