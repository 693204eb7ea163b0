"""What the worker can do: each kind of job is a function of the store, its arguments and a progress callable.

Arguments and results are plain JSON; what a job makes lies in the store under its own key when the job ends.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .advice import coverage_curve
from .choice import Choice
from .errors import UserError
from .progress import Progress, part
from .recipe import Recipe
from .row_values import row_values
from .store import Store
from .study import Study
from .token_counts import token_counts
from .work_daar import choose_by_entropy
from .work_distilling import distill_encoder
from .work_near_copies import find_near_copies
from .work_opening import Args, embed, fetch, foresee, open_reference, open_study, read, vectors
from .work_outliers import find_empty_regions, find_outliers
from .work_picked import measure_picked
from .work_proof import bundle, contamination, push_bundle, push_subset
from .work_refinement import refine_begin, refine_feedback, refine_outcome, refine_replay, refine_run
from .work_scoring import score
from .workspace import Workspace


def project(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Make a map and name its clusters. args: dataset, method, params, clusterings."""
    study = open_study(store, args)
    xy = study.project(args["method"], progress=part(progress, 0, 0.7), **args.get("params", {}))
    for done, method in enumerate(args.get("clusterings", ())):
        share = 0.3 / len(args["clusterings"])
        study.cluster(method, xy=xy, progress=part(progress, 0.7 + done * share, 0.7 + (done + 1) * share))
    return {}


def measure(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Measure a dataset. args: dataset, reference, metrics, params."""
    study = open_study(store, args)
    refused: dict[str, str] = {}
    study.measure(args["metrics"], params=args.get("params"), refused=refused, progress=progress)
    return {"refused": refused}


def values(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Find values of all rows. args: dataset, reference, names, selection (the store's key of one, or None)."""
    study = open_study(store, args)
    key = args.get("selection")
    selection = study.selected(key) if key else None
    row_values(study, args["names"], selection=selection, progress=progress)
    return {}


def select(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Choose rows, then find how they cover the others, and measure them and random subsets of their size.

    args: dataset, reference, recipe, metrics, random_seeds.
    """
    study = open_study(store, args)
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

    args: sets (a list of {dataset, selection, subset, name}, of which all but the first may be left out), reference,
    metrics, size, repeats, seed, params, differences (whether these are wanted), k, side_by_side (False: only these).
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
    studies = []
    for each in args["sets"]:
        study = open_study(store, {"dataset": each["dataset"]})
        if key := each.get("selection"):
            chosen = study.selected(key)
            if chosen is None:
                raise UserError(f"That selection from {study.name} is no longer in the store. Choose it again.")
            study = study.subset(chosen.positions, each.get("name") or f"subset of {study.name}")
        elif each.get("subset"):
            study = open_study(store, {name: each[name] for name in ("dataset", "subset")})
        elif each.get("name"):
            study = replace(study, name=each["name"])
        studies.append(study)
    reference = args.get("reference")
    return studies, open_reference(Workspace(store), reference) if reference else None


def lay_out(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Lay the rows of several sets out on one map. args: sets and reference as for `compare`, method."""
    from .joint_map import joint_map

    joint_map(compared(store, args)[0], method=args["method"], progress=progress)
    return {}


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
    size_curves(open_study(store, args), args["metrics"], progress=progress, **how)
    return {}


def set_curves(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Lay sets side by side at rising sizes. args: sets, reference, metrics, size and params, as for `compare`."""
    from .equal_curves import curves_at_equal_size

    studies, reference = compared(store, args)
    how = {name: args[name] for name in ("metrics", "size", "params") if name in args}
    curves_at_equal_size(studies, reference=reference, progress=progress, **how)
    return {}


def trust(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Check metrics on a dataset by planted changes. args: dataset, reference, encoders, metrics, size, seed."""
    from .trust_encoders import trust_by_encoder

    how = {name: args[name] for name in ("size", "seed") if name in args}
    trust_by_encoder(open_study(store, args), args.get("encoders", ()), args.get("metrics"), progress=progress, **how)
    return {}


def bench(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Run selectors at several budgets beside random ones.

    args: dataset, reference, choices, budgets, seeds, random_seeds, metrics, params, label, without.
    """
    from .bench import bench as side_by_side

    side_by_side(open_study(store, args), **bench_args(args), progress=progress)
    return {}


def bench_args(args: Args) -> dict[str, Any]:
    """What `core.bench.bench` takes beside the study, of the arguments of a job of that kind."""
    names = ("budgets", "seeds", "random_seeds", "metrics", "params", "label", "without")
    choices = [Choice.from_json(each) for each in args["choices"]]
    return {"choices": choices} | {name: args[name] for name in names if name in args}


def frontier(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Choose by one selector at several weights. args: dataset, reference, choice, weights, metric, params."""
    from .frontier import frontier as by_weight

    by_weight(open_study(store, args), **frontier_args(args), progress=progress)
    return {}


def frontier_args(args: Args) -> dict[str, Any]:
    """What `core.frontier.frontier` takes beside the study, of the arguments of a job of that kind."""
    names = ("weights", "metric", "params", "random_seeds")
    return {"choice": Choice.from_json(args["choice"])} | {name: args[name] for name in names if name in args}


def sweep(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Try numbers of clusters. args: dataset, counts, quality (column, whether higher is better), threshold, seed."""
    from .sweep import sweep as over_counts

    over_counts(open_study(store, args), **sweep_args(args), progress=progress)
    return {}


def sweep_args(args: Args) -> dict[str, Any]:
    """What `core.sweep.sweep` takes beside the study, of the arguments of a job of that kind."""
    quality = args.get("quality")
    how = {name: args[name] for name in ("counts", "threshold", "seed") if name in args}
    return how | {"quality": tuple(quality) if quality else None}


def tokens(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Count the tokens of every row. args: dataset, tokenizer (None: the encoder's)."""
    token_counts(open_study(store, args), args.get("tokenizer"), progress=progress)
    return {}


WORK: dict[str, Callable[[Store, Args, Progress], dict[str, Any]]] = {
    "read": read,
    "fetch": fetch,
    "embed": embed,
    "foresee": foresee,
    "distill": distill_encoder,
    "vectors": vectors,
    "project": project,
    "measure": measure,
    "measure_picked": measure_picked,
    "near_copies": find_near_copies,
    "outliers": find_outliers,
    "empty_regions": find_empty_regions,
    "values": values,
    "compare": compare,
    "robust": robust,
    "joint_map": lay_out,
    "curves": curves,
    "set_curves": set_curves,
    "trust": trust,
    "select": select,
    "bench": bench,
    "frontier": frontier,
    "sweep": sweep,
    "tokens": tokens,
    "contamination": contamination,
    "bundle": bundle,
    "push": push_bundle,
    "push_subset": push_subset,
    "score": score,
    "daar": choose_by_entropy,
    "refine_begin": refine_begin,
    "refine_feedback": refine_feedback,
    "refine_run": refine_run,
    "refine_outcome": refine_outcome,
    "refine_replay": refine_replay,
}

AT_ONCE = frozenset({"read"})  # kinds that need none of the libraries, and do not wait for them
