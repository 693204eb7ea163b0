"""The form of a round: the file in which its rows are scored elsewhere, and which comes back as feedback."""

import csv
import io
import json

import numpy as np

from ..errors import UserError
from ..study import Study
from ..template import Template, texts
from .state import Refinement


def feedback_form(study: Study, refinement: Refinement, *, new: bool = False, as_json: bool = False) -> bytes:
    """The file to fill in: round, row_id, cluster, prompt, gold, and an empty gap, for every row chosen so far.

    Args:
        new: the rows of the last round alone.
        as_json: JSONL instead of CSV.
    """
    rows = np.array(refinement.last.rows if new else refinement.chosen, dtype=np.int64)
    clusters = refinement.cluster_of(rows)
    known = {row: own for own, row in refinement.ids.items()}
    prompts, golds = _sides(study)
    lines = [
        {
            "round": refinement.last.number,
            "row_id": known[row],
            "cluster": refinement.names[cluster],
            "prompt": prompts[row] if prompts else "",
            "gold": golds[row] if golds else "",
            "gap": None,
        }
        for row, cluster in zip(rows.tolist(), clusters.tolist(), strict=True)
    ]
    if as_json:
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode("utf-8", "replace")
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8", "replace")


def _sides(study: Study) -> tuple[list[str], list[str]]:
    """The prompt and the answer of every row of the dataset; a text without a prompt is all answer."""
    if study.dataset is None:
        return [], []
    try:
        return texts(study.dataset, Template.parse("prompt")), texts(study.dataset, Template.parse("response"))
    except UserError:
        if study.texts is None:
            return [], []
        whole = [""] * len(study.dataset)
        for row, text in zip(study.positions.tolist(), study.texts, strict=True):
            whole[row] = text
        return [], whole
