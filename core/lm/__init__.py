"""Causal language models: loading, scoring answers, training, and a small proxy trained on the user's own pool."""

from .answer_scores import SCORES, AnswerScores, Score
from .examples import Example, examples_of
from .generating import generate
from .held_out import held_out_losses
from .held_out_losses import HeldOut, SeedMean
from .how_to_train import TRAINING_PARAMS, Training
from .language_model import LanguageModel, load_language_model
from .opening import open_model
from .proxy import PROXY, proxy_base, train_proxy
from .reward import RewardModel, load_reward_model, rewards
from .scoring import generate_kept, score_answers
from .states import cut_texts, mean_states
from .training import fine_tune

__all__ = [
    "PROXY",
    "SCORES",
    "TRAINING_PARAMS",
    "AnswerScores",
    "Example",
    "HeldOut",
    "LanguageModel",
    "RewardModel",
    "Score",
    "SeedMean",
    "Training",
    "cut_texts",
    "examples_of",
    "fine_tune",
    "generate",
    "generate_kept",
    "held_out_losses",
    "load_language_model",
    "load_reward_model",
    "mean_states",
    "open_model",
    "proxy_base",
    "rewards",
    "score_answers",
    "train_proxy",
]
