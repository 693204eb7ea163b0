"""Jobs that bring data in: reading, embedding, foretelling how long that takes, vectors of the user's own."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .dataset import Dataset
from .errors import UserError
from .fetching import Rules, parse
from .opening import dataset_with_vectors, embed_dataset, open_dataset, rows_with_text
from .progress import Progress, part
from .projects import Projects
from .reading import Options
from .references import reference_named
from .store import Store
from .study import Study
from .subset import part_of
from .subsets import Subsets
from .template import Template, default_template
from .workspace import Entry, Workspace

if TYPE_CHECKING:
    from .encoders import Encoder

Args = Mapping[str, Any]
_TIMED = 24  # texts that are embedded to foretell the time


def read(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Read files and open the dataset in the workspace. args: paths, name, options, project."""
    paths = [Path(path) for path in args["paths"]]
    options = Options(**args.get("options") or {})
    how: dict[str, Any] = {"name": args.get("name"), "options": options, "rules": Rules.of_app()}
    return _opened(open_dataset(paths, store, progress=progress, **how), store, args)


def fetch(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Fetch what lies at an address, as much as the app may, and open it. args: address, options, project."""
    options, rules = Options(**args.get("options") or {}), Rules.of_app()
    dataset = open_dataset([parse(args["address"])], store, options=options, rules=rules, progress=progress)
    return _opened(dataset, store, args)


def _opened(dataset: Dataset, store: Store, args: Args) -> dict[str, Any]:
    """Open a dataset that was read, in the project in which that was asked for."""
    open_in_workspace(dataset, store)
    if project := args.get("project"):
        with suppress(UserError):  # the project was deleted meanwhile, and the dataset lies in none
            Projects(store).change(project, add=[dataset.key])
    return {"dataset": dataset.key}


def open_in_workspace(dataset: Dataset, store: Store) -> Entry:
    """Put a dataset among those that are open; one that is open already keeps its set-up."""
    return Workspace(store).open(
        Entry(
            dataset=dataset.key,
            name=dataset.name,
            files=[source.name for source in dataset.sources],
            origins=[[source.address, source.revision] for source in dataset.sources],
            rows=len(dataset),
            opened=time.time(),
            roles=dataset.roles.as_json(),
            template=default_template(dataset).as_json(),
        )
    )


def embed(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Embed an open dataset as it was set up when this was asked for.

    The dataset gets the embeddings, unless its texts or encoder were changed or it was closed meanwhile; they lie in
    the store in any case. args: dataset, roles, template, encoder, leave_out_empty.
    """
    workspace = Workspace(store)
    entry = as_asked(workspace, args)
    study = embed_dataset(
        workspace.dataset(entry),
        store,
        entry.encoder,
        Template.from_json(entry.template),
        leave_out_empty=entry.leave_out_empty,
        progress=progress,
    )
    workspace.attach(entry, study.embeddings.key, study.embeddings.encoder)
    return {"dataset": entry.dataset, "embeddings": study.embeddings.key}


def foresee(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """How long embedding the rows with text will take and how many it cuts, from a sample. args: as for `embed`."""
    from .devices import device_in_words
    from .embeddings import truncation
    from .encoders import load_encoder

    workspace = Workspace(store)
    entry = as_asked(workspace, args)
    template = Template.from_json(entry.template)
    rendered, _ = rows_with_text(workspace.dataset(entry), template, leave_out_empty=True)
    progress(0.1, "Loading the encoder")
    encoder = load_encoder(entry.encoder)
    share, limit = truncation(rendered, encoder)
    return {
        "rows": len(rendered),
        "truncated_share": share,
        "max_tokens": limit,
        "seconds": _seconds_to_embed(rendered, encoder, part(progress, 0.5, 1)),
        "encoder": encoder.name,
        "device": device_in_words(encoder.device),
    }


def vectors(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Take vectors of the user's own for an open dataset, a row an item. args: dataset, source."""
    workspace = Workspace(store)
    entry = open_entry(workspace, args["dataset"])
    progress(0.1, "Checking the vectors")
    template = Template.from_json(entry.template)
    study = dataset_with_vectors(
        workspace.dataset(entry), args["source"], store, template, leave_out_empty=entry.leave_out_empty
    )
    open_entry(workspace, entry.dataset)
    workspace.change(entry.dataset, embeddings=study.embeddings.key, encoder_title=study.embeddings.encoder)
    return {"dataset": entry.dataset, "embeddings": study.embeddings.key}


def open_entry(workspace: Workspace, dataset: str) -> Entry:
    entry = workspace.get(dataset)
    if entry is None:
        raise UserError("This dataset was closed meanwhile. Open it again.")
    return entry


def open_study(store: Store, args: Args) -> Study:
    """The study of an embedded dataset, or of a saved subset of it.

    args: dataset, reference (its word, see core/references.py; None: itself), subset (its name and the digest of its
    rows; None: the whole).
    """
    workspace = Workspace(store)
    reference = open_reference(workspace, args["reference"]) if args.get("reference") else None
    entry = open_entry(workspace, args["dataset"])
    if entry.embeddings is None:
        raise UserError(f"{entry.name} has no embeddings yet. Embed it on the Data page first.")
    study = workspace.study(entry).against(reference)
    if not (part := args.get("subset")):
        return study
    rows = Subsets(store).rows(entry.dataset, part["rows"])  # as they were when this was asked for
    return part_of(study, rows, part["name"])


def open_reference(workspace: Workspace, word: str) -> Study:
    """The study of the reference of that word.

    Raises:
        UserError: its dataset was closed or is not embedded, or no subset has its rows.
    """
    found = reference_named(word, workspace)
    if found is None:
        raise UserError("The dataset of the reference was closed meanwhile. Open it again.")
    return found.study(workspace)


def as_asked(workspace: Workspace, args: Args) -> Entry:
    """The open dataset with the set-up that was asked for, whatever it is by now."""
    return replace(
        open_entry(workspace, args["dataset"]),
        roles=args["roles"],
        template=args["template"],
        encoder=args["encoder"],
        leave_out_empty=args["leave_out_empty"],
    )


def _seconds_to_embed(rendered: Sequence[str], encoder: "Encoder", progress: Progress) -> float:
    """Seconds for all the texts, by the tokens per second of a small seeded sample."""
    sample = [rendered[i] for i in np.random.default_rng(0).permutation(len(rendered))[:500]]
    tokens = np.minimum(encoder.token_counts(sample), encoder.max_tokens or 1 << 20)
    timed = np.argsort(-tokens)[len(sample) // 4 :][:_TIMED]  # of like length, as batches are
    progress(0.1, "Timing the encoder")
    encoder.encode([sample[i] for i in timed[:2]])  # the first call of all prepares things
    progress(0.3, "Timing the encoder")
    start = time.perf_counter()
    encoder.encode([sample[i] for i in timed])
    pace = tokens[timed].sum() / (time.perf_counter() - start)
    return float(tokens.mean() * len(set(rendered)) / pace)
