"""What commands share that work with edited clusters: a file of edits, and excluded clusters as rows not chosen."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ..cluster_editing import excluded_rows
from ..cluster_edits_json import read_edits_file
from ..clusterings import find_clustering
from ..contamination import never
from ..errors import UserError
from ..finding import id_of
from ..kept_edits import kept_edits
from ..params import resolve
from ..progress import Progress
from ..recipe import Recipe
from ..study import Study

EXCLUDED = "clusters:excluded"


def add_edits(parser: Any) -> None:
    """The argument that names a file of edits."""
    parser.add_argument(
        "--cluster-edits",
        type=Path,
        metavar="FILE.json",
        help="edits of clusters instead of those kept here (`gamut clusters --save-edits` writes them)",
    )


def edited(study: Study, options: argparse.Namespace) -> Study:
    """The study with the edits of the file that the options name, or as it is."""
    path: Path | None = options.cluster_edits
    return study if path is None else study.with_cluster_edits(read_edits_file(path))


def without_excluded(study: Study, recipe: Recipe, progress: Progress) -> tuple[Study, Recipe]:
    """The study with the edits that are meant, and the recipe with the rows of excluded clusters as must-not rows.

    The edits of k-means are meant, unless the study was given others.

    Raises:
        UserError: no cluster is excluded, or the edits are of another method.
    """
    if study.cluster_edits is None and study.store is not None:
        study = study.with_cluster_edits(kept_edits(study.store, study.clusters_key("kmeans", None, {})))
    edits = study.cluster_edits
    method = "kmeans" if edits is None else edits.method
    params = {} if edits is None else dict(edits.params)
    if method != "kmeans":
        raise UserError(
            f"These edits are of clusters by {method}, which lie on a map. Write their rows with `gamut clusters DATA "
            f"--clusters {method} --rows excluded --out never.txt`, and name that file with --must-not."
        )
    resolve(find_clustering(method).params, params, method)  # a file may name any, and `progress` too
    found = study.cluster(method, progress=progress, **params)
    if not found.excluded:
        raise UserError("No cluster is excluded. Exclude some first: gamut clusters DATA --exclude 5.")
    rows = excluded_rows(found)
    print(f"gamut: {len(rows):,} of {len(study):,} rows are in excluded clusters and are not chosen.", file=sys.stderr)
    return study, never(recipe, [id_of(study, row) for row in rows.tolist()])
