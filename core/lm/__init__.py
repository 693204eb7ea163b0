"""Causal language models: loading them, scoring answers by them, and a small proxy trained on the user's own pool."""

from .answer_scores import SCORES, AnswerScores, Score
from .examples import Example, examples_of
from .generating import generate
from .language_model import LanguageModel, load_language_model
from .proxy import PROXY, train_proxy
from .scoring import score_answers

__all__ = [
    "PROXY",
    "SCORES",
    "AnswerScores",
    "Example",
    "LanguageModel",
    "Score",
    "examples_of",
    "generate",
    "load_language_model",
    "score_answers",
    "train_proxy",
]
