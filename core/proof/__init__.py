"""The proof of a selection in one file: the bundle, its report, and how both are checked.

make_bundle(Path("proof.zip"), study, selection, recipe)
with opened(Path("proof.zip")) as bundle: print(check_bundle(bundle, Given([Path("pool.jsonl")]), Store()))
"""

from .asked import FILES, MAPS, MEASURED, RANDOM_SEEDS, Asked
from .checking import Bundle, check_bundle, data_changes, is_bundle, opened
from .making import make_bundle
from .replayed import replay_bundle
from .shards_again import is_sharded, verify_shards
from .zipped_shards import zip_shards
from .zips import zip_folder

__all__ = [
    "FILES",
    "MAPS",
    "MEASURED",
    "RANDOM_SEEDS",
    "Asked",
    "Bundle",
    "check_bundle",
    "data_changes",
    "is_bundle",
    "is_sharded",
    "make_bundle",
    "opened",
    "replay_bundle",
    "verify_shards",
    "zip_folder",
    "zip_shards",
]
