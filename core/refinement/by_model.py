"""Gaps by a language model: how much harder it finds the answer of the data than another one (METHODS 4.2)."""

from collections.abc import Mapping, Sequence

from ..errors import UserError
from ..lm import Example, LanguageModel, examples_of, score_answers
from ..progress import Progress, part, silent
from ..study import Study
from .feedback import Scorer

_WHOSE = ("Answers of the data", "Generated answers")


def by_model(study: Study, model: LanguageModel, *, progress: Progress = silent) -> Scorer:
    """What makes gaps of generated answers: log-perplexity of the data's answer less that of the generated one.

    High: the answer in the data is not what the trained model says. A row that the model cannot score has NaN.

    Raises:
        UserError: vectors alone, which have no answers.
    """
    if study.dataset is None:
        raise UserError("Vectors alone have no answers to score. Give gap, or gold_score and generated_score.")
    dataset = study.dataset

    def gaps(answers: Mapping[int, str]) -> tuple[Mapping[int, float], Sequence[str]]:
        gold = examples_of(dataset, answers)
        other = [Example(each.before, answer) for each, answer in zip(gold, answers.values(), strict=True)]
        found = [
            score_answers(each, model, scores=["log_perplexity"], store=study.store, progress=share)
            for each, share in ((gold, part(progress, 0, 0.5)), (other, part(progress, 0.5, 1)))
        ]
        notes = [f"{whose}: {note}" for whose, each in zip(_WHOSE, found, strict=True) for note in each.notes()]
        return dict(zip(answers, (found[0].given - found[1].given).tolist(), strict=True)), notes

    return Scorer(f"{model.name} ({model.key[:12]})", gaps)
