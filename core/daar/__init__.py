"""DaaR: rows whose domain a probe of a language model's own states is least certain of, with domains that it names.

found = daar(study, Plan(model="models/my-llm", domains=domains_in("maths, code, law"), share="20%"))
for sentence in sentences(found): print(sentence)
"""

from .again import differs, read_manifest
from .domains import Domain, domains_in, parse_examples, read_examples, with_examples
from .found import Daar, Quality
from .outcome import arms, best_arm, check_outcome, domains_of_held_out, outcome, outcome_sentences
from .picking import BINS
from .plan import DAAR_PARAMS, EMBEDDINGS, PROBES, Plan
from .run import daar
from .words import sentences

__all__ = [
    "BINS",
    "DAAR_PARAMS",
    "EMBEDDINGS",
    "PROBES",
    "Daar",
    "Domain",
    "Plan",
    "Quality",
    "arms",
    "best_arm",
    "check_outcome",
    "daar",
    "differs",
    "domains_in",
    "domains_of_held_out",
    "outcome",
    "outcome_sentences",
    "parse_examples",
    "read_examples",
    "read_manifest",
    "sentences",
    "with_examples",
]
