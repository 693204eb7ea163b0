"""A language model as a writer of pairs: questions of domains, and its answers to them, kept as they come."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..digest import digest
from ..errors import UserError
from ..lm import Example, LanguageModel
from ..store import Store
from .domains import Domain
from .prompts import cleaned, question_prompt

_VERSION = 1
_ROOM = 16  # tokens that a question or an answer needs at least
_AT_ONCE = 16  # pairs


@dataclass(frozen=True)
class Writer:
    """A model that is asked for pairs; the same question with the same seed is asked once, and kept in the store."""

    model: LanguageModel
    store: Store | None
    most: int
    warmth: float
    top_p: float

    def questions(self, asked: Sequence[tuple[Domain, Sequence[str]]], seed: int) -> list[str]:
        """A question of each domain, unlike those given beside it; "" where the model wrote nothing."""
        return self._written([self._asking(domain, others) for domain, others in asked], seed)

    def answers(self, questions: Sequence[str], seed: int) -> list[str]:
        """The model's answer to each question, as it answers the prompt of a row; "" to one that fills its context."""
        tokens = [self.model.prompt_tokens(Example((("user", each),), "")) for each in questions]
        fit = [number for number, each in enumerate(tokens) if len(each) + _ROOM <= self.model.context]
        found = [""] * len(questions)
        for number, text in zip(fit, self._written([tokens[number] for number in fit], seed), strict=True):
            found[number] = text
        return found

    def _asking(self, domain: Domain, others: Sequence[str]) -> list[int]:
        """The tokens that ask for a question; the oldest counter-examples are left out where they find no room."""
        for start in range(len(others) + 1):
            tokens = self._tokens(question_prompt(domain, others[start:], chats=self.model.chats))
            if len(tokens) + _ROOM <= self.model.context:
                return tokens
        raise UserError(
            f"The context of {self.model.name} is {self.model.context:,} tokens, and asking for a pair of "
            f"{domain.name!r} takes {len(tokens):,}. Shorten its sentence, or choose another model."
        )

    def _tokens(self, words: str) -> list[int]:
        if self.model.chats:
            return self.model.prompt_tokens(Example((("user", words),), ""))
        start = [] if self.model.start is None else [self.model.start]
        return start + self.model.text_tokens(words)

    def _written(self, prompts: list[list[int]], seed: int) -> list[str]:
        found: list[str] = []
        for first in range(0, len(prompts), _AT_ONCE):
            found += self._kept(prompts[first : first + _AT_ONCE], seed)
        return found

    def _kept(self, prompts: list[list[int]], seed: int) -> list[str]:
        model = self.model
        most = min(self.most, model.context - max(map(len, prompts)))
        how = [most, self.warmth, self.top_p, seed]
        key = digest("daar writes", _VERSION, model.key, str(model.dtype), model.device, how, prompts)
        if self.store is not None and (known := self.store.load(key)) is not None:
            return [str(each) for each in known[0]["texts"]]
        drawn = model.sampled(prompts, most, temperature=self.warmth, top_p=self.top_p, seed=seed)
        found = [cleaned(model.tokenizer.decode(tokens, skip_special_tokens=True)) for tokens in drawn]
        if self.store is not None:
            self.store.save(key, {"texts": found}, lengths=np.array([len(each) for each in drawn]))
        return found
