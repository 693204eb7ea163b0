"""What a selector is, what it gives, and how one declares itself."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..params import Param, data_arguments, declared
from ..registry import Registry

Pick = tuple[int, float]
Weight = tuple[str, Literal["quality", "diversity"]]  # a parameter, and which of the two more of it favours
Picks = Iterator[Pick]
Rule = Callable[[Mapping[str, Any]], bool]  # of the parameters as they are set


def never(settings: Mapping[str, Any]) -> bool:  # noqa: ARG001 - a rule is asked with the parameters
    """The rule of selectors that go on until the budget is full."""
    return False


def always(settings: Mapping[str, Any]) -> bool:  # noqa: ARG001 - a rule is asked with the parameters
    """The rule of those that leave rows out whatever their parameters are."""
    return True


@dataclass(frozen=True)
class Selection:
    """The chosen rows in order of choice, and how they were chosen."""

    selector: str
    positions: NDArray[np.int64]  # (k,) row numbers from 0, in order of choice
    gains: NDArray[np.float64]  # (k,) what each pick brought, in the selector's own unit (NaN where it has none)
    params: Mapping[str, Any]
    seed: int
    pool: int  # rows there were to choose from
    budget: int  # rows, or tokens, that were asked for
    seconds: float
    keep_copies: bool = False
    notes: tuple[str, ...] = field(default=())  # what the user must know: fewer rows than asked, copies put last, ...
    unit: Literal["rows", "tokens"] = "rows"  # of the budget
    details: Mapping[str, Any] = field(default_factory=dict)  # what else the selector found: numbers and words by name

    def __len__(self) -> int:
        return len(self.positions)


class Report:
    """What a selector has to say besides its picks: notes for the user, and details by name."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.details: dict[str, Any] = {}
        self._once: dict[str, str] = {}

    def note(self, sentence: str, *, once: str | None = None) -> None:
        """Tell the user something that matters to the choice, such as that it is approximate.

        Limits may need several runs: of the notes of one name `once` the last stays, as of details.
        """
        if once is not None:
            if (earlier := self._once.get(once)) in self.notes:
                self.notes.remove(earlier)
            self._once[once] = sentence
        self.notes.append(sentence)

    def detail(self, **values: Any) -> None:
        """Keep numbers and words, plain as JSON has them, beside the choice."""
        self.details.update(values)


@dataclass(frozen=True)
class Selector:
    """One selector and all that is known of it."""

    name: str
    function: Callable[..., Picks]
    title: str
    source: str
    says: str  # one sentence for a person: what it chooses
    rewards: str
    overlooks: str
    cost: str
    gain: str  # what a pick's gain is, "" where it has none
    claims_diversity: bool  # then exact copies are put last before it chooses
    nested: bool  # its choice of k is the beginning of its choice of k + 1
    seeded: bool
    needs: frozenset[str]
    uses: frozenset[str]  # data that it can do without
    params: Mapping[str, Param]
    guarantee: str = ""  # what is proven of its choice, "" where nothing is
    weight: Weight | None = None  # what balances quality against diversity
    by_score: bool = False  # it can do without a score, and is meant to have one: comparisons give it what there is
    leaves_out: Rule = never  # whether its own rule drops rows that are too like others: copies then do not come back

    @property
    def goes_on(self) -> bool:
        """Whether it chooses beside rows chosen before; otherwise these are put first and it does not look at them."""
        return "chosen" in self.uses

    @property
    def doc(self) -> str:
        return self.function.__doc__ or ""


SELECTORS: Registry[Selector] = Registry("selector")
find_selector = SELECTORS.find


def selector(
    *,
    title: str,
    source: str,
    says: str,
    rewards: str,
    overlooks: str,
    cost: str,
    gain: str = "",
    claims_diversity: bool = True,
    nested: bool = True,
    guarantee: str = "",
    weight: Weight | None = None,
    by_score: bool = False,
    leaves_out: Rule = never,
) -> Callable[[Callable[..., Picks]], Selector]:
    """Declare the generator below as the selector of its name.

    Data with a default is used where it is given and not needed.
    """

    def register(function: Callable[..., Picks]) -> Selector:
        data = data_arguments(function)
        given = inspect.signature(function).parameters
        uses = frozenset(name for name in data if given[name].default is not inspect.Parameter.empty)
        SELECTORS[function.__name__] = found = Selector(
            name=function.__name__,
            function=function,
            title=title,
            source=source,
            says=says,
            rewards=rewards,
            overlooks=overlooks,
            cost=cost,
            gain=gain,
            claims_diversity=claims_diversity,
            nested=nested,
            seeded=bool(data & {"rng", "seed"}),
            needs=data - uses,
            uses=uses,
            params=declared(function),
            guarantee=guarantee,
            weight=weight,
            by_score=by_score,
            leaves_out=leaves_out,
        )
        if weight is not None and weight[0] not in found.params:
            raise TypeError(f"{found.name} has no parameter {weight[0]!r} to be its weight.")
        return found

    return register
