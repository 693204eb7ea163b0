"""How rounds run by themselves: which model is trained on the chosen rows, and what scores them then."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, get_args

from ..errors import UserError
from ..lm import PROXY, Training

Way = Literal["perplexity", "ifd", "learnability", "reward"]
SCORERS: Mapping[Way, str] = {
    "perplexity": "Log-perplexity of the data's answer less that of the answer which the trained model gives (the "
    "paper's). High: the model would say something else. It rewards what was not learnt, noise as well.",
    "ifd": "Perplexity of the data's answer given the prompt, over its perplexity alone, by the trained model. High: "
    "the prompt helps little yet. Rows at or above 1, where it does harm, count 0 (ours; Li et al. drop them).",
    "learnability": "How much the round's training lowered the loss of the cluster's held-out rows (ours). High: what "
    "was drawn taught something that holds beyond it. It passes over what is known already, and over noise.",
    "reward": "A reward model's score of the data's answer less that of the answer which the trained model gives (the "
    "paper's best). High: the data's answer is the better one. It is as good as the reward model.",
}
NOISE = (
    "Noise keeps a high gap by perplexity: no training makes it likely, while the model's own answers are. Look at "
    "the clusters that gain, or choose ifd, learnability or reward."
)


@dataclass(frozen=True)
class Loop:
    """A model that is trained here between rounds, and how it scores.

    Args:
        model: "proxy", or a folder or hub name: what is trained, from the start in every round.
        scorer: see `SCORERS`. reward: of the scorer reward, the folder or hub name of a sequence classification model.
        training: how the model is trained.
        most_tokens: of an answer that the model gives.
        device: "cpu", "cuda" or "mps"; by default the fastest there is. seed: of the proxy.
    """

    model: str = PROXY
    scorer: Way = "perplexity"
    reward: str | None = None
    training: Training = field(default_factory=Training)
    most_tokens: int = 64
    device: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.scorer not in get_args(Way):
            raise UserError(f"There is no scorer {self.scorer!r}. The scorers: {', '.join(get_args(Way))}.")
        if not isinstance(self.model, str) or not self.model:
            raise UserError("Name the model to train: proxy, or the folder or hub name of a language model.")
        for what, given in (("reward model", self.reward), ("device", self.device)):
            if given is not None and not isinstance(given, str):
                raise UserError(f"The {what} is {str(given)[:80]!r}, and must be a name.")
        if not isinstance(self.training, Training):
            raise UserError("The training of a loop says how a model is trained: `Training`.")
        if self.scorer == "reward" and not self.reward:
            raise UserError("The scorer 'reward' needs a reward model. Name its folder, or its name on the hub.")
        if self.scorer != "reward" and self.reward:
            raise UserError(f"A reward model is named, and the scorer is {self.scorer!r}. Choose the scorer 'reward'.")
        if type(self.most_tokens) is not int or self.most_tokens < 1:
            raise UserError(f"The most tokens of an answer are {self.most_tokens}, and must be a whole number from 1.")
        if type(self.seed) is not int or not 0 <= self.seed < 1 << 63:
            raise UserError(f"The seed is {self.seed}, and must be a whole number from 0 to {(1 << 63) - 1}.")

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever looks at its rounds is to know, in sentences."""
        found = []
        if self.scorer == "perplexity":
            found.append(NOISE)
        if self.model == PROXY:
            found.append("The proxy is for trying the loop and for what is hard beside what; it is no judge of models.")
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return found | {"training": self.training.as_json()}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """The loop that `as_json` gave.

        Raises:
            UserError: a name or value that no loop has.
        """
        if not isinstance(found, Mapping):
            raise UserError("A loop is an object of names and values.")
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(found) - known):
            raise UserError(f"A loop has no {unknown[0]!r}.")
        training = found.get("training")
        if training is not None and not isinstance(training, Mapping):
            raise UserError("The training of a loop is an object of names and values.")
        return cls(**{**found, "training": Training() if training is None else Training.from_json(training)})
