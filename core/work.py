"""What the worker can do: each kind of job is a function of the store, its arguments and a progress callable.

Arguments and results are plain JSON; what a job makes lies in the store under its own key when the job ends.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .advice import coverage_curve
from .choice import Choice
from .errors import UserError
from .opening import dataset_with_vectors, embed_dataset, open_dataset, rows_with_text
from .progress import Progress, part
from .reading import Options
from .recipe import Recipe
from .row_values import row_values
from .store import Store
from .study import Study
from .template import Template, default_template
from .workspace import Entry, Workspace

if TYPE_CHECKING:
    from .encoders import SentenceEncoder

Args = Mapping[str, Any]
_TIMED = 24  # texts that are embedded to foretell the time
_LIBRARIES = ("torch", "faiss", "sentence_transformers", "sklearn.cluster", "umap.umap_")


def read(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Read files and open the dataset in the workspace. args: paths, name, options."""
    paths = [Path(path) for path in args["paths"]]
    options = Options(**args.get("options") or {})
    dataset = open_dataset(paths, store, name=args.get("name"), options=options, progress=progress)
    workspace = Workspace(store)
    files = [source.name for source in dataset.sources]
    if workspace.get(dataset.key) is not None:  # the same content, perhaps under another name
        workspace.change(dataset.key, name=dataset.name, files=files)
    else:
        workspace.put(
            Entry(
                dataset=dataset.key,
                name=dataset.name,
                files=files,
                rows=len(dataset),
                opened=time.time(),
                roles=dataset.roles.as_json(),
                template=default_template(dataset).as_json(),
            )
        )
    return {"dataset": dataset.key}


def embed(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Embed an open dataset as it was set up when this was asked for.

    The dataset gets the embeddings, unless its texts or encoder were changed or it was closed meanwhile; they lie in
    the store in any case. args: dataset, roles, template, encoder, leave_out_empty.
    """
    workspace = Workspace(store)
    entry = _asked(workspace, args)
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
    entry = _asked(workspace, args)
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
    entry = _entry(workspace, args["dataset"])
    progress(0.1, "Checking the vectors")
    template = Template.from_json(entry.template)
    study = dataset_with_vectors(
        workspace.dataset(entry), args["source"], store, template, leave_out_empty=entry.leave_out_empty
    )
    _entry(workspace, entry.dataset)
    workspace.change(entry.dataset, embeddings=study.embeddings.key, encoder_title=study.embeddings.encoder)
    return {"dataset": entry.dataset, "embeddings": study.embeddings.key}


def project(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Make a map and name its clusters. args: dataset, method, params, clusterings."""
    study = _study(store, args)
    xy = study.project(args["method"], progress=part(progress, 0, 0.7), **args.get("params", {}))
    for done, method in enumerate(args.get("clusterings", ())):
        share = 0.3 / len(args["clusterings"])
        study.cluster(method, xy=xy, progress=part(progress, 0.7 + done * share, 0.7 + (done + 1) * share))
    return {}


def measure(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Measure a dataset. args: dataset, reference, metrics, params."""
    study = _study(store, args)
    refused: dict[str, str] = {}
    study.measure(args["metrics"], params=args.get("params"), refused=refused, progress=progress)
    return {"refused": refused}


def values(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Find values of all rows. args: dataset, reference, names, selection (the store's key of one, or None)."""
    study = _study(store, args)
    key = args.get("selection")
    selection = study.selected(key) if key else None
    row_values(study, args["names"], selection=selection, progress=progress)
    return {}


def select(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Choose rows, then find how they cover the others, and measure them and random subsets of their size.

    args: dataset, reference, recipe, metrics, random_seeds.
    """
    study = _study(store, args)
    recipe = Recipe.from_json(args["recipe"])
    chosen = study.follow(recipe, progress=part(progress, 0, 0.5)).selection
    row_values(study, ["covered", "covered_by"], selection=chosen, progress=part(progress, 0.5, 0.55))
    owned = study.rows_of(recipe.choice.owned)
    coverage_curve(study, chosen, owned=owned, progress=part(progress, 0.55, 0.6))
    refused: dict[str, str] = {}
    sets = [study.subset(chosen.positions, "the selection")]
    sets += [study.random_subset(len(chosen), seed) for seed in args.get("random_seeds", ())]
    for done, subset in enumerate(sets):
        share = part(progress, 0.6 + 0.4 * done / len(sets), 0.6 + 0.4 * (done + 1) / len(sets))
        subset.measure(args["metrics"], intervals=False, refused=refused, progress=share)
    return {"refused": refused}


def compare(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Lay sets side by side at equal size; of two sets also what one has and the other lacks.

    args: sets (a list of {dataset, selection, name}, of which selection and name may be left out), reference, metrics,
    size, repeats, seed, params, differences (whether these are wanted), k, side_by_side (False: only differences).
    """
    from .comparison import compare as side_by_side
    from .differences import differences

    studies, reference = compared(store, args)
    how = {name: args[name] for name in ("metrics", "repeats", "seed", "size", "params") if name in args}
    wanted = bool(args.get("differences")) and len(studies) == 2
    both = args.get("side_by_side", True)
    if both:
        side_by_side(studies, reference=reference, progress=part(progress, 0, 0.5 if wanted else 1), **how)
    if wanted:
        rest = part(progress, 0.5 if both else 0, 1)
        differences(studies[0], studies[1], k=args.get("k"), progress=rest, **how)
    return {}


def compared(store: Store, args: Args) -> tuple[list[Study], Study | None]:
    """The studies and the reference of a job of the kind "compare"; whoever asks for its results starts from these."""
    workspace = Workspace(store)
    studies = []
    for each in args["sets"]:
        study = _study(store, {"dataset": each["dataset"]})
        if key := each.get("selection"):
            chosen = study.selected(key)
            if chosen is None:
                raise UserError(f"That selection from {study.name} is no longer in the store. Choose it again.")
            study = study.subset(chosen.positions, each.get("name") or f"subset of {study.name}")
        elif each.get("name"):
            study = replace(study, name=each["name"])
        studies.append(study)
    reference = args.get("reference")
    return studies, workspace.study(_entry(workspace, reference)) if reference else None


def robust(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Lay sets side by side under variants of their embedding. args: as for `compare`, and rows, variants."""
    from .robustness import robustness
    from .variants import Variant

    studies, reference = compared(store, args)
    how = {name: args[name] for name in ("metrics", "repeats", "seed", "params", "rows") if name in args}
    variants = [Variant.from_json(each) for each in args["variants"]]
    robustness(studies, variants, reference=reference, progress=progress, **how)
    return {}


def curves(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Measure a dataset on subsamples of growing size. args: dataset, reference, metrics, sizes, repeats, params."""
    from .size_curve import size_curves

    how = {name: args[name] for name in ("sizes", "repeats", "seed", "params") if name in args}
    size_curves(_study(store, args), args["metrics"], progress=progress, **how)
    return {}


def trust(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Check metrics on a dataset by planted changes. args: dataset, reference, metrics, size, seed."""
    from .trust import trust as make_card

    how = {name: args[name] for name in ("size", "seed") if name in args}
    make_card(_study(store, args), args.get("metrics"), progress=progress, **how)
    return {}


def bench(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Run selectors at several budgets beside random ones.

    args: dataset, reference, choices, budgets, seeds, random_seeds, metrics, params, label, without.
    """
    from .bench import bench as side_by_side

    side_by_side(_study(store, args), **bench_args(args), progress=progress)
    return {}


def bench_args(args: Args) -> dict[str, Any]:
    """What `core.bench.bench` takes beside the study, of the arguments of a job of that kind."""
    names = ("budgets", "seeds", "random_seeds", "metrics", "params", "label", "without")
    choices = [Choice.from_json(each) for each in args["choices"]]
    return {"choices": choices} | {name: args[name] for name in names if name in args}


def frontier(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Choose by one selector at several weights. args: dataset, reference, choice, weights, metric, params."""
    from .frontier import frontier as by_weight

    by_weight(_study(store, args), **frontier_args(args), progress=progress)
    return {}


def frontier_args(args: Args) -> dict[str, Any]:
    """What `core.frontier.frontier` takes beside the study, of the arguments of a job of that kind."""
    names = ("weights", "metric", "params", "random_seeds")
    return {"choice": Choice.from_json(args["choice"])} | {name: args[name] for name in names if name in args}


def import_libraries() -> None:
    """Import what nearly every job needs, and load the default encoder."""
    for name in _LIBRARIES:
        import_module(name)
    from .encoders import load_encoder

    load_encoder("default").encode(["warm"])


def warm_up() -> None:
    """Compile what the first map needs; a map that is asked for meanwhile waits for it."""
    from .projections.umap import warm_up as warm_umap

    warm_umap()


def _seconds_to_embed(rendered: Sequence[str], encoder: "SentenceEncoder", progress: Progress) -> float:
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


def _entry(workspace: Workspace, dataset: str) -> Entry:
    entry = workspace.get(dataset)
    if entry is None:
        raise UserError("This dataset was closed meanwhile. Open it again.")
    return entry


def _asked(workspace: Workspace, args: Args) -> Entry:
    """The open dataset with the set-up that was asked for, whatever it is by now."""
    return replace(
        _entry(workspace, args["dataset"]),
        roles=args["roles"],
        template=args["template"],
        encoder=args["encoder"],
        leave_out_empty=args["leave_out_empty"],
    )


def _study(store: Store, args: Args) -> Study:
    workspace = Workspace(store)
    reference = _entry(workspace, args["reference"]) if args.get("reference") else None
    entry = _entry(workspace, args["dataset"])
    if entry.embeddings is None:
        raise UserError(f"{entry.name} has no embeddings yet. Embed it on the Data page first.")
    return workspace.study(entry, reference)


WORK: dict[str, Callable[[Store, Args, Progress], dict[str, Any]]] = {
    "read": read,
    "embed": embed,
    "foresee": foresee,
    "vectors": vectors,
    "project": project,
    "measure": measure,
    "values": values,
    "compare": compare,
    "robust": robust,
    "curves": curves,
    "trust": trust,
    "select": select,
    "bench": bench,
    "frontier": frontier,
}

AT_ONCE = frozenset({"read"})  # kinds that need none of the libraries, and do not wait for them
