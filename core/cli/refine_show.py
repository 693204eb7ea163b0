"""`gamut refine show`: the weights, rows and gaps of every round by cluster, and how far a refinement is."""

import argparse
import json

import numpy as np

from ..refinement.state import Refinement, read_refinement


def run_show(options: argparse.Namespace) -> int:
    found = read_refinement(options.state)
    if options.json:
        print(json.dumps(found.as_json()))
        return 0
    print(state_sentence(found))
    for each in found.rounds:
        if (told := each.feedback) is not None:
            by = f", scored by {told.by}" if told.by else ""
            source = f"by {told.name}" if told.here else f"in {told.name}"
            print(f"Round {each.number}: feedback for {many(len(told.gaps), 'row')} {source} ({told.kind}{by}).")
            for note in told.notes:
                print(f"    {note}")
    sizes = np.bincount(found.labels, minlength=found.clusters)
    drawn = [np.bincount(found.cluster_of(each.rows), minlength=found.clusters) for each in found.rounds]
    means = [found.means(each.number)[0] for each in found.rounds]
    heads = "".join(f"   weight {each.number:<2} rows    gap" for each in found.rounds)
    print(f"{'rows':>7}{heads}  cluster")
    for j, name in enumerate(found.names):
        cells = "".join(
            f"   {each.weights[j]:9.5f}{drawn[n][j]:5,} {_gap(means[n][j]):>6}" for n, each in enumerate(found.rounds)
        )
        print(f"{sizes[j]:7,}{cells}  {name}")
    return 0


def many(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def are(number: int) -> str:
    return "is" if number == 1 else "are"


def _gap(mean: float) -> str:
    return "" if np.isnan(mean) else f"{mean:.3g}"


def state_sentence(found: Refinement) -> str:
    """How far a refinement is, and what comes next."""
    words = (
        f"{len(found.chosen):,} of {many(found.budget, 'row')} in {len(found.rounds):,} of "
        f"{many(found.plan.rounds, 'round')}"
    )
    if found.done:  # feedback for the last round may come, and is not awaited
        return f"{words}; the budget is spent."
    return f"{words}; feedback for round {found.last.number} is awaited."
