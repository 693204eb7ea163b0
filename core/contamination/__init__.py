"""Which rows meet rows of evaluation files: the same text, shared n-grams of words, or a near embedding.

found = check(study, [dataset_of_the_benchmark])
print(found.counts(), found.sentences())
"""

from .check import check, check_texts, kept
from .found import BLIND, KINDS, Contamination, Evaluation, How
from .leaving_out import left_out, never
from .normal import normal, words_of
from .table import csv_of, described, listed

__all__ = [
    "BLIND",
    "KINDS",
    "Contamination",
    "Evaluation",
    "How",
    "check",
    "check_texts",
    "csv_of",
    "described",
    "kept",
    "left_out",
    "listed",
    "never",
    "normal",
    "words_of",
]
