"""DaaR: rows whose domain a probe of a language model's own states is least certain of, with domains that it names.

found = daar(study, Plan(model="models/my-llm", domains=domains_in("maths, code, law"), share="20%"))
for sentence in sentences(found): print(sentence)
"""

from .domains import Domain, domains_in, parse_examples, read_examples, with_examples
from .found import Daar, Quality
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
    "daar",
    "domains_in",
    "parse_examples",
    "read_examples",
    "sentences",
    "with_examples",
]
