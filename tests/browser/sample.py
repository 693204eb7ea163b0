"""A home folder with the sample open, embedded, mapped, measured, chosen from, compared and drawn from in rounds."""

from pathlib import Path
from typing import Any

from core.choice import Choice
from core.digest import digest
from core.jobs import Jobs
from core.metrics import METRICS
from core.recipe import Recipe
from core.refinement import Plan, Scored, Shelf, go_on
from core.store import Store
from core.workspace import Workspace

SAMPLE = Path(__file__).parents[2] / "sample_data" / "gamut_sample.jsonl"
NARROW = SAMPLE.with_name("narrow_bread.jsonl")
PATIENCE = 600  # seconds for one piece of work


def prepare(home: Path) -> str:
    """Do everything once in that home folder, as the pages ask for it; returns the query that names it."""
    store = Store(home)
    jobs = Jobs(store)

    def done(what: str, **args: Any) -> str:
        jobs.ensure_worker()
        job = jobs.wait(jobs.submit(what, what.capitalize(), **args).id, PATIENCE)
        assert job is not None
        assert job.state == "done", job
        return job.id

    done("read", paths=[str(SAMPLE)])
    (entry,) = Workspace(store).entries()
    set_up = {name: getattr(entry, name) for name in ("roles", "template", "encoder", "leave_out_empty")}
    done("embed", dataset=entry.dataset, **set_up)
    (entry,) = Workspace(store).entries()
    study = {"dataset": entry.dataset, "setup": entry.key}
    done("project", **study, method="umap", clusterings=["kmeans", "hdbscan"])
    done("measure", **study, reference=None, metrics=list(METRICS), params={})
    chosen = done(
        "select",
        **study,
        reference=None,
        recipe=Recipe((Choice("novelselect", "60"),)).as_json(),
        metrics=["novelsum", "vendi", "partition_entropy"],
        random_seeds=[101, 102],
    )
    plan = Plan(budget="10%", rounds=3, quality=("quality", True), held_out=0.1)
    done("refine_begin", **study, refinement="sample", name="60 rows in 3 rounds", plan=plan.as_json())
    first = Shelf(store).get("sample")
    gaps = {row: float(row % 7) for row in first.chosen}
    told = Scored("form.csv", "0" * 64, "gap", gaps)
    Shelf(store).put("sample", first, go_on(Workspace(store).study(entry), first, told))
    done(
        "refine_outcome",
        **study,
        reference=None,
        refinement="sample",
        state=_digest(store),
        metrics=["vendi"],
        loop=None,
    )
    done("read", paths=[str(NARROW)])
    narrow = Workspace(store).entries()[0]
    done("embed", dataset=narrow.dataset, **{name: getattr(narrow, name) for name in set_up})
    narrow = Workspace(store).entries()[0]
    sets = [{"dataset": each.dataset, "setup": each.key} for each in (entry, narrow)]
    metrics = ["knn_distance", "vendi"]
    compared = done("compare", sets=sets, reference=None, metrics=metrics, size=100, params={}, differences=True)
    prompts = {"template": {"kind": "prompt"}, "encoder": None, "max_tokens": None}
    done("robust", sets=sets, reference=None, metrics=metrics, params={}, rows=40, variants=[prompts])
    jobs.stop_worker()
    return f"?d={entry.dataset}&s={chosen}&c={compared}&r=sample"


def _digest(store: Store) -> str:
    """The state that an outcome is of, as the page names it."""
    return digest(Shelf(store).get("sample").as_json())
