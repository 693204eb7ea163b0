"""How a model is trained: what is decided before the first step."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

from ..errors import UserError
from ..params import Help, Param, Range, declared, resolve

_RATES = (1e-3, 2e-4, 2e-5)  # of the proxy, of LoRA, of all weights
_OWNER = "the training"


def _training(
    *,
    epochs: Annotated[float, Range(0.01, 100), Help("How often each row is gone through.")] = 3.0,
    batch: Annotated[int, Range(1, 4096), Help("Rows of a step.")] = 16,
    rate: Annotated[
        float | None,
        Range(1e-8, 1),
        Help("The rate of learning; none: 0.001 for the proxy, 0.0002 with LoRA, 0.00002 for all weights."),
    ] = None,
    lora: Annotated[
        int,
        Range(0, 1024),
        Help("The rank of a LoRA adapter, which is trained in place of the weights; 0: no adapter."),
    ] = 0,
) -> None:
    """The signature declares the parameters; nothing is called."""


TRAINING_PARAMS: Mapping[str, Param] = declared(_training)


@dataclass(frozen=True)
class Training:
    """How a model is trained; see `TRAINING_PARAMS`. The seed fixes the order of the rows.

    Raises:
        UserError: a value that it cannot have.
    """

    epochs: float = 3.0
    batch: int = 16
    rate: float | None = None
    lora: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if type(self.seed) is not int or not 0 <= self.seed < 1 << 63:
            raise UserError(f"The seed is {self.seed}, and must be a whole number from 0 to {(1 << 63) - 1}.")
        for name, param in TRAINING_PARAMS.items():
            object.__setattr__(self, name, param.check(getattr(self, name), _OWNER))

    def rate_for(self, proxy: bool) -> float:
        """The rate that is learnt at, for the proxy or another model."""
        if self.rate is not None:
            return self.rate
        return _RATES[0] if proxy else _RATES[1] if self.lora else _RATES[2]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """The training that `as_json` gave.

        Raises:
            UserError: a name or value that no training has.
        """
        rest = {name: value for name, value in found.items() if name != "seed"}
        return cls(**resolve(TRAINING_PARAMS, rest, _OWNER), seed=found.get("seed", 0))
