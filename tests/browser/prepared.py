"""A home folder with few rows open, embedded, mapped, chosen from, compared and drawn from in rounds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.choice import Choice
from core.cluster_editing import ClusterEditing
from core.digest import digest
from core.jobs import Jobs
from core.recipe import Recipe
from core.refinement import Plan, Scored, Shelf, go_on
from core.store import Store
from core.subsets import Subsets
from core.workspace import Entry, Workspace

SAMPLE = Path(__file__).parents[2] / "sample_data" / "gamut_sample.jsonl"
NARROW = SAMPLE.with_name("narrow_bread.jsonl")
PATIENCE = 600  # seconds for one piece of work


def prepare(home: Path) -> str:
    """Do everything once in that home folder, as the pages ask for it; returns the query that names it.

    The rows are few, so that it is quick to go through; the larger of the two files has columns of all kinds.
    """
    store = Store(home)
    done = _doing(store)
    files = {"narrow.jsonl": NARROW.read_bytes().splitlines()[:40], "pool.jsonl": [json.dumps(row) for row in rows()]}
    for name, lines in files.items():
        text = "".join(f"{line if isinstance(line, str) else line.decode()}\n" for line in lines)
        (home.parent / name).write_text(text, encoding="utf-8")
    narrow, entry = (_opened(store, done, home.parent / name) for name in files)
    study = {"dataset": entry.dataset, "setup": entry.key}
    done("project", **study, method="umap", clusterings=["kmeans", "hdbscan"])
    mapped = Workspace(store).study(entry)
    ClusterEditing(mapped, "kmeans").exclude([len(mapped.cluster("kmeans").names)])  # the smallest
    of_choice = {"metrics": ["vendi"], "random_seeds": [101, 102]}
    recipe = Recipe((Choice("novelselect", "12"),)).as_json()
    chosen = done("select", **study, reference=None, recipe=recipe, **of_choice)
    plan = Plan(budget="20%", rounds=3, clusters=4, held_out=0.1)
    done("refine_begin", **study, refinement="small", name="12 rows in 3 rounds", plan=plan.as_json())
    first = Shelf(store).get("small")
    told = Scored("form.csv", "0" * 64, "gap", {row: float(row % 7) for row in first.chosen})
    Shelf(store).put("small", first, go_on(Workspace(store).study(entry), first, told))
    of_rounds = {"refinement": "small", "state": digest(Shelf(store).get("small").as_json())}
    done("refine_outcome", **study, reference=None, **of_rounds, metrics=["vendi"], loop=None)
    sets = [{"dataset": each.dataset, "setup": each.key} for each in (entry, narrow)]
    of_sets = {"sets": sets, "reference": None, "metrics": ["knn_distance", "vendi"], "params": {}}
    compared = done("compare", **of_sets, size=40, differences=True)
    prompts = {"template": {"kind": "prompt"}, "encoder": None, "max_tokens": None}
    done("robust", **of_sets, rows=40, variants=[prompts])
    data = Workspace(store).study(entry).dataset
    for name, some in (("some", range(20)), ("more", range(10, 40))):
        Subsets(store).add(data, list(some), name, made={"by": "ids"})
    Jobs(store).stop_worker()
    return f"?d={entry.dataset}&s={chosen}&c={compared}&r=small"


def rows() -> list[dict[str, Any]]:
    """Those of the larger file: some of the sample, with a date, a list of numbers, and scores that some lack."""
    some = [json.loads(line) for line in SAMPLE.read_bytes().splitlines()[::10]]
    return [
        row | {"when": f"2024-03-{1 + i % 28:02}", "score": i % 9 if i % 20 else None, "vector": [1.0, float(i)]}
        for i, row in enumerate(some)
    ]


def _doing(store: Store) -> Callable[..., str]:
    """What has a piece of work done; it returns the id of the job."""
    jobs = Jobs(store)

    def done(what: str, **args: Any) -> str:
        jobs.ensure_worker()
        job = jobs.wait(jobs.submit(what, what.capitalize(), **args).id, PATIENCE)
        assert job is not None
        assert job.state == "done", job
        return job.id

    return done


def _opened(store: Store, done: Callable[..., str], path: Path) -> Entry:
    """The dataset in that file, read and embedded."""
    done("read", paths=[str(path)])
    entry = Workspace(store).entries()[0]
    set_up = {name: getattr(entry, name) for name in ("roles", "template", "encoder", "leave_out_empty")}
    done("embed", dataset=entry.dataset, **set_up)
    return Workspace(store).entries()[0]
