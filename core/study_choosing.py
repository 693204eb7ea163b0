"""The choosing half of a study: one selector within its limits, recipes of several steps, random subsets."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from . import results
from .budget import Budget
from .centroids import read_centroids
from .choice import Choice, Id
from .digest import digest
from .errors import UserError
from .filters import Filter
from .listed_rows import Listed
from .memory import require
from .params import resolve
from .progress import Progress, part, silent
from .recipe import Followed, Recipe
from .selectors import Limits, Missing, Selection, find_selector, impossible, select, tag_list
from .study_data import VERSION, StudyData


class StudyChoosing(StudyData):
    """What a study chooses, kept in its store."""

    def select(
        self,
        selector: str,
        budget: int | str,
        *,
        seed: int = 0,
        quality: tuple[str, bool] | None = None,
        missing: Missing = "refuse",
        label: str | None = None,
        tags: str | None = None,
        keep_copies: bool = False,
        progress: Progress = silent,
        **params: Any,
    ) -> Selection:
        """Choose `budget` rows; the positions of the result are rows of this study.

        The arguments are those of `Choice`, which says more: `choose(Choice(...))`.
        """
        choice = Choice(
            selector,
            str(budget),
            seed=seed,
            quality=quality,
            missing=missing,
            label=label,
            tags=tags,
            keep_copies=keep_copies,
            params=params,
        )
        return self.choose(choice, progress=progress)

    def choose(self, choice: Choice, *, progress: Progress = silent) -> Selection:
        """Choose rows as `choice` says; the positions of the result are rows of this study.

        A parameter `first` is the number of a row in the dataset, from 0, like the positions of an ids file.

        Raises:
            UserError: a column, id or group that there is not; limits that no choice can keep to.
        """
        settings = resolve(find_selector(choice.selector).params, choice.params, choice.selector)

        def run() -> Selection:
            require(self._memory_needed(), f"Choosing among {len(self):,} rows")
            within = settings
            if settings.get("first") is not None:
                within = {**settings, "first": self._row_at(settings["first"], f"{choice.selector}: first")}
            limits = self.limits(choice, progress=part(progress, 0, 0.1))
            uses = find_selector(choice.selector).needs | find_selector(choice.selector).uses
            found = select(
                choice.selector,
                self.space,
                Budget.parse(choice.budget).of(len(self)),
                seed=choice.seed,
                quality=self._scores_for(choice),
                missing=choice.missing,
                turned=choice.quality is not None and not choice.quality[1],
                labels=self.labels(choice.label) if choice.label else None,
                tags=[tag_list(each) for each in self.column(choice.tags)] if choice.tags else None,
                centroids=self._centroids(choice),
                lengths=self.lengths() if "lengths" in uses and self.texts is not None else None,
                reference=self.reference.space if self.reference else None,
                keep_copies=choice.keep_copies,
                limits=limits,
                progress=part(progress, 0.1, 1) if choice.limited else progress,
                **within,
            )
            return replace(found, params=settings)

        return self._once(self.choice_key(choice), run, results.pack_selection, results.unpack_selection)

    def choice_key(self, choice: Choice) -> str:
        """The store's key of what that choice chooses."""
        found = find_selector(choice.selector)
        settings = resolve(found.params, choice.params, choice.selector)
        used = found.needs | found.uses
        reference = self.reference.key if self.reference and "reference" in used else None
        named = choice.quality or choice.label or choice.tags or choice.examples or choice.limited
        data = self.dataset.key if self.dataset and named else None
        texts = self.texts_key if "lengths" in used else None
        budget = Budget.parse(choice.budget)
        how = choice.as_json() | {"params": settings, "budget": [budget.of(len(self)), budget.unit == "tokens"]}
        centroids = self._centroids(choice) if _names_a_file(choice) else None
        return digest("select", VERSION, how, centroids, data, texts, self.key, reference)

    def _centroids(self, choice: Choice) -> dict[str, NDArray[np.float64]] | None:
        """A centroid for every domain, (d,) by name: the means of seed examples, or those that were brought along."""
        if choice.examples:
            means = {name: self.rows_of(ids, f"example ({name})") for name, ids in choice.examples.items()}
            return {name: self.space.unit64(rows).mean(axis=0) for name, rows in means.items()}
        if choice.centroids is None:
            return None
        given = read_centroids(choice.centroids) if isinstance(choice.centroids, str) else choice.centroids
        points = given.points
        if points.shape[1] != self.space.dim:
            raise UserError(
                f"The centroids have {points.shape[1]:,} dimensions, and the embeddings of {self.name} have "
                f"{self.space.dim:,}. Make them with the same encoder."
            )
        return dict(zip(given.names, points, strict=True))

    def _scores_for(self, choice: Choice) -> NDArray[np.float64] | None:
        if choice.quality is None:
            return None
        return (self.quality if choice.missing == "refuse" else self.scores)(*choice.quality)

    def selected(self, key: str) -> Selection | None:
        """The selection of that key where it was made before, else None."""
        return self._kept(key, results.unpack_selection)

    def limits(self, choice: Choice, *, progress: Progress = silent) -> Limits:
        """What the choice must keep to, in rows of this study.

        Raises:
            UserError: an id or a column that there is not.
        """
        costs = None
        if Budget.parse(choice.budget).unit == "tokens":
            from .token_counts import token_counts

            costs = token_counts(self, choice.tokenizer, progress=progress)
        return Limits(
            must=self.rows_of(choice.must, "must-have"),
            never=self.rows_of(choice.never, "must-not", left_out=True),
            owned=self.rows_of(choice.owned, "already chosen"),
            groups=self.labels(choice.group) if choice.group else None,
            elsewhere=self._groups_elsewhere(choice),
            ids=self.ids,
            least=choice.least,
            most=choice.most,
            least_each=choice.least_each,
            most_each=choice.most_each,
            costs=costs,
        )

    def _groups_elsewhere(self, choice: Choice) -> frozenset[str]:
        """The groups that the choice names, and of which the dataset has rows where this study need not."""
        if choice.group is None or self.dataset is None or len(self) == len(self.dataset):
            return frozenset()
        there = {"" if value is None else str(value) for value in self.dataset.values(choice.group)}
        return frozenset(there.intersection([*choice.least, *choice.most]))

    def cannot_be_met(self, choice: Choice, *, progress: Progress = silent) -> list[str]:
        """Why no choice can keep to those limits, in sentences, before anything is computed; nothing where one can."""
        try:
            return impossible(
                self.limits(choice, progress=progress), len(self), Budget.parse(choice.budget).of(len(self))
            )
        except UserError as error:
            return [str(error)]

    def rows_of(self, ids: Sequence[Id], what: str = "named", *, left_out: bool = False) -> NDArray[np.int64]:
        """The rows of this study that have those ids, in the order of the ids; of an id that several have, all.

        With `left_out` an id may be that of a row of the dataset which is not in this study.

        Raises:
            UserError: an id that no row has.
        """
        if not ids:
            return np.empty(0, dtype=np.int64)
        wanted = set(map(str, ids))
        places: dict[str, list[int]] = {}
        for row, each in enumerate(map(str, self.ids)):
            if each in wanted:
                places.setdefault(each, []).append(row)
        elsewhere = set(map(str, self.dataset.ids())) if left_out and self.dataset else set()
        if unknown := [each for each in ids if str(each) not in places and str(each) not in elsewhere]:
            raise UserError(
                f"{len(unknown):,} of {len(ids):,} ids of {what} rows are not among the {len(self):,} rows of "
                f"{self.name}; the first is {str(unknown[0])[:80]!r}."
            )
        rows = [row for each in dict.fromkeys(map(str, ids)) for row in places.get(each, [])]
        return np.array(rows, dtype=np.int64)

    def follow(self, recipe: Recipe, *, progress: Progress = silent) -> Followed:
        """Do the steps of a recipe one after the other; the positions of the result are rows of this study.

        Raises:
            UserError: a step that cannot be done, with its number.
        """
        if len(recipe.steps) == 1:
            selection = self.choose(recipe.choice, progress=progress)
            return Followed(selection, (len(selection),))

        def pack(found: Followed) -> results.Packed:
            meta, arrays = results.pack_selection(found.selection)
            assert found.gone is not None
            return meta, arrays | {"left": np.array(found.left), "gone": found.gone}

        def unpack(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Followed:
            left = tuple(int(each) for each in arrays["left"])
            return Followed(results.unpack_selection(meta, arrays), left, arrays.get("gone"))

        return self._once(self.recipe_key(recipe), lambda: self._followed(recipe, progress), pack, unpack)

    def recipe_key(self, recipe: Recipe) -> str:
        """The store's key of the selection that comes of a recipe."""
        if len(recipe.steps) == 1:
            return self.choice_key(recipe.choice)
        reference = self.reference.key if self.reference else None
        data = self.dataset.key if self.dataset else None
        named = [self._centroids(each) for each in recipe.steps if isinstance(each, Choice) and _names_a_file(each)]
        return digest("recipe", VERSION, recipe.as_json(), named, data, self.texts_key, self.key, reference)

    def _followed(self, recipe: Recipe, progress: Progress) -> Followed:
        rows = np.arange(len(self), dtype=np.int64)
        left, notes, selection = [], [], None
        gone = np.zeros(len(self), dtype=np.int64)
        for number, step in enumerate(recipe.steps, 1):
            share = part(progress, (number - 1) / len(recipe.steps), number / len(recipe.steps))
            study = self if len(rows) == len(self) else self.subset(rows, self.name)
            try:
                if isinstance(step, Choice):
                    selection = study.choose(step, progress=share)
                    rows = rows[selection.positions]
                    notes += [f"Step {number}: {note}" for note in selection.notes]
                else:
                    rows = self._narrowed(step, rows)
            except UserError as error:
                raise UserError(f"Step {number}: {error}") from error
            left.append(len(rows))
            out = gone == 0
            out[rows] = False
            gone[out] = number
        assert selection is not None
        return Followed(replace(selection, positions=rows, pool=len(self), notes=tuple(notes)), tuple(left), gone)

    def _narrowed(self, step: Filter | Listed, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if isinstance(step, Listed):
            stays = self._of_subset(step, rows)
            if not len(stays):
                raise UserError(f"{step.describe()}: no row stays.")
            return stays
        if self.dataset is None:
            raise UserError(f"{self.name} has vectors alone, and no column {step.column!r} to filter by.")
        stays = rows[step.rows(self.dataset)[self.positions[rows]]]
        if not len(stays):
            raise UserError(f"No row stays where {step.describe()}.")
        return stays

    def _of_subset(self, step: Listed, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if step.ids is None:
            raise UserError(
                f"The recipe names the subset {step.name!r} without its ids. `gamut select` fills them in where the "
                "subset is saved; in Python, core.recipe.with_subsets does."
            )
        named = self.rows_of(step.ids, f"the subset {step.name!r}: its", left_out=True)
        stays: NDArray[np.int64] = rows[np.isin(rows, named) == step.keep]
        return stays

    def random_subset(self, size: int, seed: int) -> Self:
        """A seeded random subset of the same pool: what a selection has to beat."""
        return self.subset(select("random", self.space, size, seed=seed).positions, f"random {size:,} (seed {seed})")


def _names_a_file(choice: Choice) -> bool:
    """Whether a choice depends on the content of a file that may have changed since."""
    return isinstance(choice.centroids, str)
