"""Causal language models: loading, scoring answers, training, and a small proxy trained on the user's own pool."""

from .answer_scores import SCORES, AnswerScores, Score
from .examples import Example, examples_of
from .generating import generate
from .how_to_train import TRAINING_PARAMS, Training
from .language_model import LanguageModel, load_language_model
from .opening import open_model
from .proxy import PROXY, proxy_base, train_proxy
from .scoring import score_answers
from .training import fine_tune

__all__ = [
    "PROXY",
    "SCORES",
    "TRAINING_PARAMS",
    "AnswerScores",
    "Example",
    "LanguageModel",
    "Score",
    "Training",
    "examples_of",
    "fine_tune",
    "generate",
    "load_language_model",
    "open_model",
    "proxy_base",
    "score_answers",
    "train_proxy",
]
