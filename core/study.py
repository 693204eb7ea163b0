"""The one door: pages, command line and notebooks measure, select, map and export through a Study.

A study is the rows of a dataset that have a text, their embeddings, and the reference that metrics are taken against.
Rows of a study are numbered from 0; `positions` gives their numbers in the dataset. Every result is kept in the store
under the digest of everything it depends on: asked for twice, it is computed once.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import results
from .digest import digest
from .errors import UserError
from .kept_edits import kept_edits
from .measuring import ANCHORS, estimated, measure, share_passes
from .memory import require
from .metrics import METRICS, Score, find_metric
from .params import resolve
from .progress import Progress, part, silent
from .results import Clusters, Projection
from .store import Store
from .study_choosing import StudyChoosing
from .study_data import VERSION
from .template import Template


class Study(StudyChoosing):
    """A dataset with its embeddings, and the reference that metrics are taken against."""

    @classmethod
    def open(
        cls,
        *paths: Path | str,
        encoder: str = "default",
        template: Template | None = None,
        leave_out_empty: bool = False,
        store: Store | None = None,
        progress: Progress = silent,
    ) -> "Study":
        """Read files, embed their texts and return the study of them (both kept in the store).

        Raises:
            UserError: a file that cannot be read, no text to embed (in a row, unless such rows are left out), an
                encoder that cannot be had.
        """
        from .opening import embed_dataset, open_dataset

        store = store or Store()
        dataset = open_dataset([Path(path) for path in paths], store, progress=part(progress, 0, 0.1))
        return embed_dataset(
            dataset, store, encoder, template, leave_out_empty=leave_out_empty, progress=part(progress, 0.1, 1)
        )

    @classmethod
    def of_vectors(cls, vectors: ArrayLike, *, name: str = "vectors", store: Store | None = None) -> "Study":
        """The study of embeddings alone, (n, d): everything but what needs texts works."""
        from .vectors import from_array

        found = from_array(np.asarray(vectors), name=name)
        return cls(found, positions=np.arange(found.n, dtype=np.int64), store=store, name=name)

    @classmethod
    def of_file(cls, path: Path, *, store: Store | None = None) -> "Study":
        """The study of the vectors in a .npy, .npz or Parquet file (FILE:NAME where it holds several), a row each."""
        from .vector_files import load_array, locate

        file, part = locate(path)
        return cls.of_vectors(load_array(file, part), name=path.name, store=store)

    # Measuring

    def measure(
        self,
        metrics: Sequence[str] | None = None,
        *,
        params: Mapping[str, Mapping[str, Any]] | None = None,
        intervals: bool = True,
        exact: bool = False,
        refused: dict[str, str] | None = None,
        progress: Progress = silent,
    ) -> list[Score]:
        """The scores of those metrics (all that the data allows, by default), in order.

        Args:
            params: parameters by metric: {"novelsum": {"alpha": 2}}.
            intervals: with an interval for each that does not bring its own, from seeded subsamples (core.intervals).
            exact: also where there are so many pairs of rows that means over rows are otherwise estimated from some.
            refused: where given, a metric that cannot be had of these rows (too few of them, say) does not end the
                work: its name and the reason are put in here.
        """
        names = self.measurable() if metrics is None else list(metrics)
        for owner in params or {}:
            if owner not in names:
                raise UserError(f"There are parameters for {owner}, which is not among the metrics {', '.join(names)}.")
        given = {name: _asked(name, (params or {}).get(name, {}), exact) for name in names}
        found = []
        measuring = part(progress, 0, 0.5) if intervals else progress
        together = {name: given[name] for name in names if self._wants_pairs(name, given[name], exact)}
        seconds = self._look(together, exact, part(measuring, 0, 0.5))
        for done, name in enumerate(names):
            share = part(measuring, 0.5 + done / len(names) / 2, 0.5 + (done + 1) / len(names) / 2)
            try:
                found.append(self._score(name, given[name], exact, seconds.get(name, 0.0), share))
            except UserError as error:
                if refused is None:
                    raise
                refused[name] = str(error)
            share(1.0, f"Measured {METRICS[name].title}")
        if intervals:
            from .intervals import with_intervals

            return with_intervals(self, found, given, part(progress, 0.5, 1))
        return found

    def measured(self, name: str, params: Mapping[str, Any] | None = None, *, exact: bool = False) -> Score | None:
        """The score of that metric where it was computed before, with its interval where that was, else None."""
        params = _asked(name, params or {}, exact)
        kept = self._kept(self._score_key(name, params, exact), results.unpack_score)
        if kept is None:
            return None
        from .intervals import kept_interval

        interval = kept_interval(self, kept, params)
        return self._named(replace(kept, interval=interval[0], interval_kind=interval[1]) if interval else kept)

    def measurable(self) -> list[str]:
        """The names of the metrics that this study has the data for."""
        return [name for name, metric in METRICS.items() if "texts" not in metric.needs or self.texts is not None]

    def estimates(self, name: str) -> bool:
        """Whether that metric of so many rows is estimated, unless the exact value is asked for."""
        return estimated(name, len(self), None if self.reference is None else len(self.reference))

    def _score_key(self, name: str, params: Mapping[str, Any], exact: bool = False) -> str:
        metric = find_metric(name)
        settings = resolve(metric.params, params, name)
        reference = self.reference.key if self.reference and "reference" in metric.needs else None
        texts = self.texts_key if "texts" in metric.needs else None
        anchors = ANCHORS if not exact and self.estimates(name) else None
        return digest("measure", VERSION, name, settings, self.key, reference, texts, anchors)

    def _wants_pairs(self, name: str, params: Mapping[str, Any], exact: bool) -> bool:
        """Whether that metric looks at pairs of rows and was not measured before; an unknown one does not."""
        try:
            key = self._score_key(name, params, exact)
        except UserError:  # which is said when its turn comes
            return False
        return METRICS[name].pairs is not None and not (self.store is not None and self.store.has("results", key))

    def _look(self, asked: Mapping[str, Mapping[str, Any]], exact: bool, progress: Progress) -> dict[str, float]:
        """Look at all pairs of rows once for all those metrics; returns the seconds that fall to each."""
        if not asked:
            return {}
        require(self._memory_needed(), f"Measuring {len(self):,} rows")
        reference = self.reference.space if self.reference else None
        return share_passes(asked, self.space, reference, exact=exact, progress=progress)

    def _score(self, name: str, params: Mapping[str, Any], exact: bool, seconds: float, progress: Progress) -> Score:
        def run() -> Score:
            space = None
            if "space" in find_metric(name).needs:
                require(self._memory_needed(), f"Measuring {len(self):,} rows")
                space = self.space
            reference = self.reference.space if self.reference else None
            how = {"exact": exact} | dict(params)  # of some metrics it is a parameter too
            found = measure(name, space, reference=reference, texts=self.texts, progress=progress, **how)
            return replace(found, seconds=found.seconds + seconds)

        key = self._score_key(name, params, exact)
        return self._named(self._once(key, run, results.pack_score, results.unpack_score))

    def _named(self, score: Score) -> Score:
        """The score with the reference's name of today: what was kept may have been measured under another."""
        if score.reference is None:
            return score
        itself = self.reference is None or self.reference.key == self.key
        return replace(score, reference="self" if self.reference is None or itself else self.reference.name)

    # Looking

    def project(self, method: str = "umap", *, progress: Progress = silent, **params: Any) -> Projection:
        """A place in the plane for every row."""
        from .projections import find_projection, project

        settings = resolve(find_projection(method).params, params, method)

        def run() -> Projection:
            require(len(self) * 3_000 + (600 << 20), f"A map of {len(self):,} rows")
            start = time.perf_counter()
            details: dict[str, Any] = {}
            xy = project(method, self.space, progress=progress, details=details, **settings)
            return Projection(method, settings, xy, time.perf_counter() - start, details)

        return self._once(self.projection_key(method, params), run, results.pack_projection, results.unpack_projection)

    def projection_key(self, method: str, params: Mapping[str, Any]) -> str:
        from .projections import find_projection

        return digest("project", VERSION, method, resolve(find_projection(method).params, params, method), self.key)

    def projected(self, method: str = "umap", **params: Any) -> Projection | None:
        """The map of that method where it was made before, else None."""
        return self._kept(self.projection_key(method, params), results.unpack_projection)

    def cluster(
        self, method: str = "kmeans", *, xy: Projection | None = None, progress: Progress = silent, **params: Any
    ) -> Clusters:
        """Groups of rows with names, as they were edited; `xy` is the map that a method which works on the map uses.

        Raises:
            UserError: `cluster_edits` of other clusters.
        """
        found = self.clusters_as_found(method, xy=xy, progress=progress, **params)
        return self._edited(found, self.clusters_key(method, xy, params))

    def clusters_as_found(
        self, method: str = "kmeans", *, xy: Projection | None = None, progress: Progress = silent, **params: Any
    ) -> Clusters:
        """The same before anybody edited them."""
        from .cluster_names import name_clusters
        from .clusterings import cluster, find_clustering

        settings = resolve(find_clustering(method).params, params, method)

        def run() -> Clusters:
            start = time.perf_counter()
            place = None if xy is None else xy.xy
            found = cluster(method, self.space, place, progress=part(progress, 0, 0.7), **settings)
            progress(0.7, "Naming the clusters")
            names = name_clusters(self.texts, self.space, found.labels)
            return Clusters(
                method, settings, found.labels, tuple(names.names), tuple(names.medoids), time.perf_counter() - start
            )

        return self._once(self.clusters_key(method, xy, params), run, results.pack_clusters, results.unpack_clusters)

    def clusters_key(self, method: str, xy: Projection | None, params: Mapping[str, Any]) -> str:
        from .clusterings import find_clustering

        settings = resolve(find_clustering(method).params, params, method)
        place = [xy.method, dict(xy.params)] if xy and "xy" in find_clustering(method).needs else None
        return digest("cluster", VERSION, method, settings, place, self.key, self.texts_key)

    def clustered(self, method: str = "kmeans", *, xy: Projection | None = None, **params: Any) -> Clusters | None:
        """The clusters of that method where they were found before, else None."""
        key = self.clusters_key(method, xy, params)
        found = self._kept(key, results.unpack_clusters)
        return None if found is None else self._edited(found, key)

    def _edited(self, found: Clusters, key: str) -> Clusters:
        """The clusters with the edits that the study was given, or else with those that the home folder keeps."""
        if self.cluster_edits is not None:
            return self.cluster_edits.of(found) if self.cluster_edits.fits(found) else found
        edits = kept_edits(self.store, key) if self.store is not None else None
        return found if edits is None else edits.of(found)

    def neighbours_of(self, row: int, count: int) -> list[tuple[int, float]]:
        """The `count` rows nearest to a row of the study, with their cosine distances, nearest first."""
        distances = self.space.distance_to(row)
        distances[row] = np.inf
        count = min(count, len(self) - 1)
        nearest = np.argpartition(distances, count - 1)[:count] if count else np.empty(0, dtype=np.int64)
        order = nearest[np.lexsort((nearest, distances[nearest]))]
        return [(int(i), max(0.0, float(distances[i]))) for i in order]


def _asked(name: str, params: Mapping[str, Any], exact: bool) -> dict[str, Any]:
    """The parameters, with the wish for the exact value where that is one of them."""
    asks = exact and name in METRICS and "exact" in METRICS[name].params
    return {**params, "exact": True} if asks else dict(params)
