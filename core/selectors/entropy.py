"""Entropy selection (DaaR on embeddings): rows that a probe cannot put to one domain."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..errors import UserError
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, part
from ..rank_correlation import rank_correlation
from . import Picks, Report, selector
from ._calibration import accuracy, expected_calibration_error
from ._calibration import entropy as entropy_of
from ._domains import Domains, by_centroids, by_labels, domains_of
from ._probes import closed_form, cross_fitted
from ._shares import share_out

_MOST_DOMAINS = 1000
_NAMED = 5  # empty domains that a note names
_GOES_WITH_LENGTH = 0.3  # the rank correlation from which the user is told


@selector(
    title="Entropy selection (DaaR on embeddings)",
    source="Ling et al., NeurIPS 2025, arXiv 2502.04380; on embeddings, not on states of the model to be tuned, and by "
    "the probe's entropy itself, not a second network's guess of it: ours",
    says="Learns which domain a row belongs to, and takes the rows for which this is least certain.",
    rewards="Rows between domains, of which every domain has a part.",
    overlooks="How the rows differ from each other; and noise, which belongs nowhere, is uncertain too.",
    cost="n d k for closed form and logistic, n d^2 per epoch and part for the mlp",
    gain="entropy of the row's domain, in nats",
)
def entropy(
    space: Space,
    budget: int,
    seed: int,
    progress: Progress,
    report: Report,
    labels: NDArray[Any] | None = None,
    centroids: NDArray[np.float64] | Mapping[str, NDArray[np.float64]] | None = None,
    lengths: NDArray[np.float64] | None = None,
    *,
    domains: Annotated[
        Literal["auto", "labels", "centroids", "k-means"],
        Help("Where domains come from; auto: labels, else centroids that were given, else clusters."),
    ] = "auto",
    clusters: Annotated[int | None, Range(2, 1000), Help("Clusters that stand in for domains; none: 12.")] = None,
    rounds: Annotated[int, Range(0, 100), Help("Rounds of k-means that begin with the given centroids.")] = 10,
    probe: Annotated[
        Literal["logistic", "closed form", "mlp"],
        Help("logistic: linear; closed form: by distance to the centroids, nothing trained; mlp: the paper's network."),
    ] = "logistic",
    folds: Annotated[
        int, Range(2, 20), Help("Parts; the probe of each is trained on the others, so that it has not seen its rows.")
    ] = 5,
    temperature: Annotated[
        float, Range(1e-3, 1e3), Help("closed form: higher, the less certain; the order stays.")
    ] = 1.0,
    target: Annotated[
        str | None, Help("A domain that half of the rows are to come from; none: all rows alike.")
    ] = None,
    target_share: Annotated[float, Range(0, 1), Help("How much of the budget the target domain gives.")] = 0.5,
) -> Picks:
    """Rows by falling entropy H = -sum p ln p of their domain, ties to the lowest index.

    With a target, that domain gives its share and the others the same each (published: 50 % and 10 %), as far as they
    have rows; a smaller budget is then not the beginning of a larger one. The details hold how well the probe knows the
    domains (accuracy, expected calibration error) and how entropy goes with the length of the text.

    Raises:
        UserError: too many domains, a target that is none of them, centroids or labels that are asked for and missing.
    """
    space = space.directions
    found = _domains(space, domains, labels, centroids, clusters, rounds, seed, part(progress, 0, 0.3))
    if len(found.names) > _MOST_DOMAINS:
        raise UserError(f"There are {len(found.names):,} domains, and at most {_MOST_DOMAINS:,} can be told apart.")
    if target is not None and target not in found.names:
        more = f" and {len(found.names) - 20:,} more" if len(found.names) > 20 else ""
        raise UserError(f"entropy: target is {target!r}, and must be a domain: {', '.join(found.names[:20])}{more}.")
    if probe == "closed form":  # which learns nothing, so that nothing needs to be kept from it
        fitted = closed_form(space, found, temperature)
    else:
        fitted = cross_fitted(space, found, probe, min(folds, len(space)), seed, part(progress, 0.3, 1))
    uncertain = entropy_of(fitted.probability)
    with_length = None if lengths is None else rank_correlation(uncertain, np.asarray(lengths, dtype=np.float64))
    right, error = accuracy(fitted.probability, found.of), expected_calibration_error(fitted.probability, found.of)
    report.detail(
        domains=len(found.names),
        probe=probe,
        accuracy=right,
        expected_calibration_error=error,
        temperatures=list(fitted.temperatures),
        entropy_with_length=with_length,
    )
    if empty := found.empty():
        more = f" and {len(empty) - _NAMED:,} more" if len(empty) > _NAMED else ""
        named = ", ".join(map(repr, empty[:_NAMED]))
        report.note(f"No row is nearest to the centroid of {named}{more}: no row is of such a domain.", once="empty")
    if not uncertain.any():
        report.note("The entropy of every row is 0, so that rows come by their numbers alone.", once="certain")
    report.note(_how_far_to_trust(len(found.names), right, error, with_length), once="probe")
    order = np.argsort(-uncertain, kind="stable")
    for row in order if target is None else _shared(order, found, found.names.index(target), target_share, budget):
        yield int(row), float(uncertain[row])


def _how_far_to_trust(domains: int, right: float, error: float, with_length: float | None) -> str:
    said = (
        f"The probe is right about {right:.1%} of the rows' domains ({domains:,} of them), "
        f"with an expected calibration error of {error:.3f}."
    )
    if with_length is None:
        return said
    said += f" Entropy goes with the length of the text at a rank correlation of {with_length:.2f}"
    if abs(with_length) < _GOES_WITH_LENGTH:
        return f"{said}."
    return f"{said}: {'long' if with_length > 0 else 'short'} texts are preferred."


def _domains(
    space: Space,
    wanted: str,
    labels: NDArray[Any] | None,
    centroids: NDArray[np.float64] | Mapping[str, NDArray[np.float64]] | None,
    clusters: int | None,
    rounds: int,
    seed: int,
    progress: Progress,
) -> Domains:
    if wanted == "labels" and labels is None:
        raise UserError("Domains by labels need a label column, and none was named. Name one, or use k-means.")
    if wanted == "centroids" and centroids is None:
        raise UserError("Domains by centroids need centroids or seed examples, and none were given. Use k-means.")
    if labels is not None and wanted in ("auto", "labels"):
        return by_labels(labels)
    if centroids is not None and wanted in ("auto", "centroids"):
        return by_centroids(space, centroids, rounds)
    return domains_of(space, "k-means", None, clusters, seed, progress)


def _shared(order: Indices, domains: Domains, target: int, share: float, budget: int) -> Indices:
    """The rows that every domain gives, in order, where one of them gives that share of the budget."""
    sizes = np.bincount(domains.of, minlength=len(domains.names)).astype(np.int64)
    weights = np.full(len(sizes), (1 - share) / max(1, len(sizes) - 1))
    weights[target] = share
    taken = share_out(budget, weights, sizes)
    place = np.empty(len(order), dtype=np.int64)  # of each row within its domain
    for rows in (order[domains.of[order] == number] for number in range(len(sizes))):
        place[rows] = np.arange(len(rows))
    return order[place[order] < taken[domains.of[order]]]
