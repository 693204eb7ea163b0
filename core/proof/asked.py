"""What goes into a bundle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..contamination import How
from ..errors import UserError

MEASURED = (
    "novelsum",
    "distsum_cosine",
    "distsum_l2",
    "knn_distance",
    "vendi",
    "facility_location",
    "partition_entropy",
)
RANDOM_SEEDS = (101, 102, 103, 104, 105)  # of the random subsets that a selection stands beside
MAPS = ("pca", "umap")
FILES = {"jsonl": "rows.jsonl", "csv": "rows.csv", "parquet": "rows.parquet", "ids": "ids.txt", "npy": "vectors.npy"}


@dataclass(frozen=True)
class Asked:
    """How rows are written, what is measured, and how the report's map is made."""

    kind: str = "jsonl"  # a key of FILES; json: the ids file, which is there in any case
    options: Mapping[str, Any] | None = None  # of `write_subset`: order, escape_formulas, add
    metrics: tuple[str, ...] = MEASURED
    random_seeds: tuple[int, ...] = RANDOM_SEEDS
    map: str = "pca"  # umap takes minutes where it was not made before
    against: How | None = None  # how the chosen rows are held against evaluation files

    def __post_init__(self) -> None:
        if self.kind != "json" and self.kind not in FILES:
            raise UserError(f"There is no format {self.kind!r} of rows. The formats: {', '.join([*FILES, 'json'])}.")
        if self.map not in MAPS:
            raise UserError(f"There is no map {self.map!r} for a report. The maps: {', '.join(MAPS)}.")
