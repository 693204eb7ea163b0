"""The job that scores the rows of an open dataset by a language model, and opens them with their scores."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .dataset import Dataset
from .devices import device_in_words
from .digest import digest
from .errors import UserError
from .opening import open_dataset, study_of
from .progress import Progress, part
from .projects import Projects
from .scored_rows import ScoredRows, Scoring, score_rows, scored_kind, scored_name
from .shapes import Quality, Roles
from .store import Store
from .template import Template
from .work_opening import Args, open_entry
from .workspace import Entry, Workspace

# As quality: what the model finds easy, what the prompt helps little with, what it would not say itself.
HIGHER_IS_BETTER = {"log_perplexity": False, "ifd": True, "generation_gap": True}
_FIRST = ("ifd", "log_perplexity", "generation_gap")  # which of several scores stands first among the qualities


def score(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Score an open dataset's answers and open the rows with their scores as a dataset beside it, set up alike.

    The new dataset has the embeddings too where its texts are the same, and the scores as qualities behind those that
    it has. args: dataset, roles, scoring (a `Scoring`), commands (lists of words that make the file of scored rows on
    the command line, kept with the new dataset).
    """
    workspace = Workspace(store)
    entry = replace(open_entry(workspace, args["dataset"]), roles=args["roles"])
    dataset = workspace.dataset(entry)
    scored = score_rows(dataset, store, Scoring.from_json(args["scoring"]), progress=part(progress, 0, 0.95))
    if not scored.found.complete.any():
        reasons = " ".join(scored.found.notes())
        raise UserError(f"No row of {dataset.name} has a score. {reasons} Check which column has the role Response.")
    found = _read_back(scored, store, part(progress, 0.95, 1))
    latest = workspace.get(entry.dataset) or entry  # it may have been embedded meanwhile
    _open(workspace, replace(latest, roles=entry.roles), found, scored, args.get("commands", []))
    return {"dataset": found.key, "of": entry.dataset}


def _read_back(scored: ScoredRows, store: Store, progress: Progress) -> Dataset:
    """The rows with their scores, written as a file into the home folder and read from there."""
    name, how = scored_name(scored.dataset), scored.how
    key = digest(
        "scored rows", scored.dataset.key, scored.dataset.roles.as_json(), name, how.scores, how.most, scored.model_key
    )
    with store.draft("uploads", key) as folder:
        scored.write(folder / name, scored_kind(scored.dataset), part(progress, 0, 0.5))
        found = open_dataset([Path(folder / name)], store, progress=part(progress, 0.5, 1))
    if len(found) != len(scored.dataset):
        raise UserError(
            f"{scored.dataset.name} has {len(scored.dataset):,} rows, and its file of scores was read as "
            f"{len(found):,}. Write it by `gamut score` and open it with the format set."
        )
    return found


def _open(workspace: Workspace, of: Entry, found: Dataset, scored: ScoredRows, commands: Sequence[list[str]]) -> None:
    """Put the dataset of scored rows into the workspace; one that is open already keeps its set-up."""
    before = (of.scored or {}).get("commands", [])
    told = scored.as_json() | {"of": of.name, "commands": [*before, *commands]}
    told["device"] = device_in_words(scored.device)
    if workspace.get(found.key) is not None:
        workspace.change(found.key, scored=told)
        return
    roles = with_scores(Roles.from_json(of.roles), scored)
    entry = replace(
        of,
        dataset=found.key,
        name=found.name,
        files=[source.name for source in found.sources],
        origins=[],
        opened=time.time(),
        roles=roles.as_json(),
        scored=told,
    )
    if of.embeddings is not None and not _are_of(of.embeddings, entry, found.with_roles(roles), workspace.store):
        entry = replace(entry, embeddings=None, encoder_title="")
    workspace.put(entry)
    Projects(workspace.store).beside(of.dataset, found.key)


def with_scores(roles: Roles, scored: ScoredRows) -> Roles:
    """The roles with each score as a further quality in its direction."""
    names = sorted(scored.columns, key=_FIRST.index)
    added = tuple(Quality(scored.columns[name], HIGHER_IS_BETTER[name]) for name in names)
    return replace(roles, quality=roles.quality + added)


def _are_of(embeddings: str, entry: Entry, dataset: Dataset, store: Store) -> bool:
    """Whether the embeddings are those of the dataset's texts, or vectors of the user's own for as many rows."""
    template = Template.from_json(entry.template)
    try:
        study_of(dataset, embeddings, template, store, leave_out_empty=entry.leave_out_empty)
    except UserError:  # other texts: they can be embedded as any others
        return False
    return True
