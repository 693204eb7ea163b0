"""Selectors side by side: every one at every budget with several seeds, measured, and random always beside them.

    found = bench(study, [Choice("k_center"), Choice("novelselect")], ["150", "10%"], label="intent")
    for sentence in bench_sentences(found): print(sentence)

Every selection and score lies in the store as soon as it is found: a bench that was cancelled goes on from there.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .benched import Bench, Contender, pack_bench, unpack_bench
from .benching import Benching
from .budget import Budget
from .choice import Choice
from .digest import digest
from .errors import UserError
from .metrics import METRICS, find_metric
from .params import resolve
from .progress import Progress, silent
from .selectors import SELECTORS, find_selector

if TYPE_CHECKING:
    from .study import Study

VERSION = 1
USUAL = ("novelsum", "distsum_cosine", "knn_distance", "vendi", "facility_location", "partition_entropy")
Params = Mapping[str, Mapping[str, Any]]


def choices_of(
    selectors: Sequence[str] | None = None,
    *,
    quality: tuple[str, bool] | None = None,
    label: str | None = None,
    tags: str | None = None,
    **how: Any,
) -> list[Choice]:
    """A choice for each of those selectors (all, by default), given of the columns only what it uses.

    A score is given to those that need one or are meant to have one: DPP and NovelSelect stand for diversity alone.

    Raises:
        UserError: a selector that there is not.
    """
    names = list(SELECTORS) if selectors is None else list(dict.fromkeys(selectors))
    found = []
    for name in names:
        selector = find_selector(name)
        uses = selector.needs | selector.uses
        scored = "quality" in selector.needs or selector.by_score
        found.append(
            Choice(
                name,
                quality=quality if scored else None,
                label=label if "labels" in uses else None,
                tags=tags if "tags" in uses else None,
                **how,
            )
        )
    return found


def bench(
    study: "Study",
    choices: Sequence[Choice],
    budgets: Sequence[str],
    *,
    seeds: int = 3,
    random_seeds: int = 10,
    metrics: Sequence[str] | None = None,
    params: Params | None = None,
    label: str | None = None,
    without: Sequence[str] = (),
    progress: Progress = silent,
) -> Bench:
    """Run every choice at every budget and lay what comes of it beside random subsets as large.

    Args:
        choices: selectors with their settings; their own budgets do not count, their seeds are the first of the runs.
        budgets: as written: "500", "10%", "200k tokens".
        seeds: runs of a selector that draws at random; of another there is one.
        random_seeds: random subsets that make the band.
        metrics: `USUAL` by default.
        label: a column: how many of its values are among the chosen rows. No selector is shown it for that.
        without: values of the label column that do not count.

    Where a selector returns fewer rows than asked for, its random subsets have as many as it (the median of its runs).
    Random keeps to the same must-have rows and limits. A selector that cannot be run is listed with the reason.

    Raises:
        UserError: no selector or budget, a budget beyond the pool, a metric or column that there is not.
    """
    how = _settled(study, choices, budgets, seeds, random_seeds, metrics, params, label)
    contenders, sizes, settings = how
    keys = [
        study.choice_key(replace(choice, budget=budget))
        for choice, _ in contenders
        for budget in dict.fromkeys(budgets)
    ]
    against = study.reference.key if study.reference else None
    data = study.dataset.key if study.dataset and label else None
    texts = study.texts_key if any("texts" in METRICS[name].needs for name in settings) else None
    names = [contender.name for _, contender in contenders]
    about = [study.key, study.name, against, data, texts, names, settings, label, list(without), seeds, random_seeds]
    key = digest("bench", VERSION, keys, list(sizes), about)

    def run() -> Bench:
        start = time.perf_counter()
        found = Benching(study, contenders, sizes, seeds, random_seeds, settings, label, without).run(progress)
        return replace(found, seconds=time.perf_counter() - start)

    return study._once(key, run, pack_bench, unpack_bench)


def _settled(
    study: "Study",
    choices: Sequence[Choice],
    budgets: Sequence[str],
    seeds: int,
    random_seeds: int,
    metrics: Sequence[str] | None,
    params: Params | None,
    label: str | None,
) -> tuple[list[tuple[Choice, Contender]], dict[str, int], dict[str, dict[str, Any]]]:
    """The choices with their names, Random first; the size of each budget; the parameters by metric."""
    others = [choice for choice in choices if choice.selector != "random"]
    if not others or not budgets:
        raise UserError("Name at least one selector beside random, and at least one budget.")
    if seeds < 1 or random_seeds < 2:
        raise UserError("A bench needs at least one seed, and at least two random subsets for their band.")
    sizes = {}
    for budget in budgets:
        asked = Budget.parse(budget)
        sizes[budget] = asked.of(len(study))
        if asked.unit == "rows" and sizes[budget] > len(study):
            raise UserError(f"The budget {budget} is more than the {len(study):,} rows of {study.name}.")
    names = list(dict.fromkeys(USUAL if metrics is None else metrics))
    settings = {name: resolve(find_metric(name).params, (params or {}).get(name, {}), name) for name in names}
    for name in names:
        if "texts" in METRICS[name].needs and study.texts is None:
            raise UserError(f"{METRICS[name].title} needs texts, and {study.name} has none.")
    for owner in params or {}:
        if owner not in settings:
            raise UserError(f"There are parameters for {owner}, which is not among the metrics {', '.join(names)}.")
    if label is not None:
        study.column(label)
    every = [Choice("random"), *others]
    found = []
    for choice, name in zip(every, _names(every), strict=True):
        shown = {field: value for field, value in choice.as_json().items() if field not in ("budget", "seed")}
        found.append((choice, Contender(name, choice.selector, shown)))
    return found, sizes, settings


def _names(choices: Sequence[Choice]) -> list[str]:
    """The title of each selector, with its parameters where another has the same title, with a number where equal."""
    titles = [SELECTORS[choice.selector].title for choice in choices]
    found: list[str] = []
    for choice, title in zip(choices, titles, strict=True):
        settings = ", ".join(f"{name} {value}" for name, value in choice.params.items())
        name = f"{title} ({settings})" if settings and titles.count(title) > 1 else title
        number, new = 1, name
        while new in found:
            number += 1
            new = f"{name} ({number})"
        found.append(new)
    return found
