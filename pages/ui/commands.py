"""The commands that make again what the pages made, for the user to copy."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.cli.choices import choice_words
from core.cli.roles import role_words
from core.daar import DAAR_PARAMS, PROBES, Domain
from core.daar import Plan as DaarPlan
from core.dataset import Dataset
from core.fetching import address_in
from core.lm import PROXY, TRAINING_PARAMS, Training
from core.opening import load_dataset
from core.recipe import Recipe
from core.refinement import Loop, Plan
from core.refinement.plan import PLAN_PARAMS
from core.scored_rows import Scoring, scored_name
from core.shapes import Roles
from core.study import Study
from core.subset import Subset
from core.template import Template
from core.workspace import Entry

from . import state


def command(entry: Entry, study: Study, recipe: Recipe, file_name: str, options: dict[str, Any]) -> str:
    """The command that makes the same subset file again; what options cannot say lies in the recipe's file."""
    words = ["gamut", "select", *file_words(study)]
    words += choice_words(recipe) or ["--recipe", recipe_name(file_name)]
    if options.get("order") == "original":
        words += ["--order", "original"]
    if options.get("add"):
        words += ["--add", ",".join(options["add"])]
    if options.get("escape_formulas"):
        words += ["--escape-formulas"]
    return shlex.join([*words, *_data_words(entry, study), "--out", file_name])


def recipe_name(file_name: str) -> str:
    """What the file of the recipe is called that made a subset file."""
    return f"{Path(file_name).stem}.recipe.yaml"


def command_for_all(entry: Entry, study: Study, file_name: str, options: dict[str, Any]) -> str:
    """The command that makes the file of all rows with values per row again."""
    words = ["gamut", "measure", *file_words(study), "--rows", file_name, "--add", ",".join(options["add"])]
    words += ["--escape-formulas"] if options.get("escape_formulas") else []
    return shlex.join([*words, "--no-intervals", *_data_words(entry, study)])


def subset_command(
    entry: Entry,
    study: Study,
    subset: Subset,
    file_name: str,
    kind: str,
    options: dict[str, Any],
    *,
    sharded: bool = False,
) -> str:
    """The command that writes a saved subset to the same file; `sharded`: to several, which name the embedding."""
    words = ["gamut", "subset", "export", *file_words(study), "--subset", subset.name]
    words += ["--order", "original"] if options.get("order") == "original" else []
    words += ["--add", ",".join(options["add"])] if options.get("add") else []
    words += ["--escape-formulas"] if options.get("escape_formulas") else []
    embedded = sharded or kind == "npy" or options.get("add")
    words += _data_words(entry, study) if embedded else [*reading_words(entry), *_role_words(entry)]
    return shlex.join([*words, "--out", file_name])


def _data_words(entry: Entry, study: Study) -> list[str]:
    """What a command says of the reference, and of how the data is read and embedded."""
    return reference_words(study) + reading_words(entry) + _role_words(entry) + _text_words(entry, study)


def reference_words(study: Study, *, again: bool = False) -> list[str]:
    """What a command says of the reference; `again`: one that has the rows of a saved subset from a manifest."""
    other = study.reference
    if other is None:
        return []
    if not other.rows_key:
        return ["--reference", *file_words(other)]
    own = study.dataset is not None and other.dataset is not None and other.dataset.key == study.dataset.key
    if again:
        return [] if own else ["--reference", *file_words(other)]
    home = "" if own else f"{file_words(other)[0]}:"
    return ["--reference", f"{home}subset:{other.name}"]


def refine_commands(entry: Entry, study: Study, plan: Plan) -> str:
    """The commands of a refinement: to begin it, to take the rows and the form of a round, and to bring feedback."""
    own, data, how = _refined(entry, study)
    given = ["--budget", plan.budget, "--rounds", str(plan.rounds)]
    given += [] if plan.clusters is None else ["--clusters", str(plan.clusters)]
    given += [] if plan.quality is None else ["--quality", plan.quality[0] + ("" if plan.quality[1] else ":low")]
    given += [] if plan.mode == "shrunk" else ["--mode", plan.mode]
    given += ["--seed", str(plan.seed)] if plan.seed else []
    given += ["--keep-copies"] if plan.keep_copies else []
    given += ["--held-out", str(plan.held_out)] if plan.held_out else []
    for name, param in PLAN_PARAMS.items():
        value = getattr(plan, name)
        if name not in ("rounds", "clusters", "mode", "held_out") and value != param.default:
            given += ["--param", f"{name}={value}"]
    takes = ["--out", f"{own}_train.jsonl", "--form", f"{own}_form.csv"]
    parts = (["begin", *data, *given], ["rows", *data, *takes], ["feedback", *data, "--feedback", f"{own}_form.csv"])
    return "\n".join(shlex.join(["gamut", "refine", *part, *how]) for part in parts)


def refine_run_command(entry: Entry, study: Study, loop: Loop) -> str:
    """The command that trains and draws to the end of the budget, after the one that begins a refinement."""
    _, data, how = _refined(entry, study)
    words = ["--model", loop.model, "--scorer", loop.scorer]
    words += ["--reward", loop.reward] if loop.reward else []
    words += ["--most-tokens", str(loop.most_tokens)]
    for name, param in TRAINING_PARAMS.items():
        if (value := getattr(loop.training, name)) != param.default:
            words += [f"--{name}", str(value)]
    words += ["--seed", str(loop.seed)] if loop.seed else []
    return shlex.join(["gamut", "refine", "run", *data, *words, *how])


def daar_command(entry: Entry, study: Study, plan: DaarPlan, training: tuple[Training, int] | None) -> str:
    """The command of an entropy selection that writes its rows and all rows with their values.

    Args:
        training: how models are trained on the rows, and the seeds of each; None where none is.
    """
    own, _, how = _refined(entry, study)
    given = ["--model", plan.model]
    if plan.source == "label":
        given += ["--label", str(plan.label)]
    elif plan.source == "examples":
        given += ["--examples", "examples.jsonl"]
    else:
        given += ["--domains", "; ".join(map(_domain_words, plan.domains))]
    for each in plan.domains:
        given += [] if each.tau is None else ["--tau", f"{each.name}={each.tau}"]
    given += ["--share", plan.share, "--mode", plan.mode, "--layer", str(plan.layer)]
    given += ["--target", plan.target] if plan.target else []
    given += [] if plan.probes == PROBES else ["--probes", ",".join(plan.probes)]
    given += ["--seed", str(plan.seed)] if plan.seed else []
    given += ["--keep-copies"] if plan.keep_copies else []
    for name, param in DAAR_PARAMS.items():
        value = getattr(plan, name)
        if name not in ("mode", "layer", "target", "held_out") and value != param.default:
            given += ["--param", f"{name}={value}"]
    given += ["--held-out", str(plan.held_out)] if plan.held_out else []
    if training is not None:
        how_long, seeds = training
        given += ["--train", "--train-seeds", str(seeds), "--epochs", str(how_long.epochs)]
        given += ["--lora", str(how_long.lora)] if how_long.lora else []
    given += ["--out", f"{own}_daar.jsonl", "--scored", f"{own}_daar_scored.jsonl"]
    return shlex.join(["gamut", "daar", *file_words(study), *given, *how])


def _domain_words(domain: Domain) -> str:
    return f"{domain.name}: {domain.sentence}" if domain.sentence else domain.name


def _refined(entry: Entry, study: Study) -> tuple[str, list[str], list[str]]:
    """What the files of a refinement begin with, the words of its data and state, and how these are read."""
    files = file_words(study)
    own = Path(
        files[0] if address_in(files[0]) is None else study.name
    ).stem  # so that none of the names is that of the data
    how = reading_words(entry) + _role_words(entry) + _text_words(entry, replace(study, reference=None))
    return own, [*files, "--state", f"{own}_run.json"], how


def file_words(study: Study) -> list[str]:
    """The files that a dataset was read from, as a command names them; a zip's members are one file."""
    return [study.name] if study.dataset is None else source_words(study.dataset)


def source_words(dataset: Dataset) -> list[str]:
    return [f"./{name}" if name.startswith("-") else name for name in dataset.given]


def score_words(entry: Entry, data: Dataset, how: Scoring) -> list[str]:
    """The command that writes the rows of an open dataset with those scores."""
    words = ["gamut", "score", *source_words(data), "--model", how.model, "--scores", ",".join(how.scores)]
    words += ["--most-tokens", str(how.most)] if "generation_gap" in how.scores else []
    words += ["--seed", str(how.seed)] if how.model == PROXY and how.seed else []
    guessed = load_dataset(entry.dataset, state.store()).roles
    read = replace(data.roles, quality=guessed.quality, label=guessed.label, id=guessed.id)  # these are not scored
    return [*words, *reading_words(entry), *role_words(guessed, read), "--out", scored_name(data)]


def scoring_commands(*entries: Entry | None) -> list[str]:
    """The commands that make the files of those datasets whose rows were scored here."""
    made = [words for entry in entries if entry for words in (entry.scored or {}).get("commands", [])]
    return list(dict.fromkeys(shlex.join(words) for words in made))


def reading_words(entry: Entry) -> list[str]:
    read = next(
        (
            job
            for job in state.jobs().all()
            if job.what in ("read", "fetch")
            and job.state == "done"
            and (job.result or {}).get("dataset") == entry.dataset
        ),
        None,
    )
    words: list[str] = []
    for name, value in ((read.args.get("options") or {}) if read else {}).items():
        words += [f"--{name}", {True: "yes", False: "no", "\t": "tab"}.get(value, value)]
    return words


def _role_words(entry: Entry) -> list[str]:
    """The roles that are others than Gamut guesses, those that were taken away too."""
    return role_words(load_dataset(entry.dataset, state.store()).roles, Roles.from_json(entry.roles))


def reference_is_said(entry: Entry, study: Study, reference: Study) -> bool:
    """Whether a command whose options are those of the study opens the reference as it was set up."""
    if study.dataset and reference.dataset and reference.dataset.key == study.dataset.key:  # a saved subset of it
        return True
    other = state.workspace().get(reference.dataset.key) if reference.dataset else None
    if other is None or not reference.embeddings.encoder_name:
        return False
    return (
        (reference.template or Template()) == (study.template or Template())
        and (other.encoder == "default" or bool(study.embeddings.encoder_name))
        and not _role_words(other)
        and reading_words(other) == reading_words(entry)
        and len(file_words(reference)) == 1
    )


def vector_words(entry: Entry) -> list[str]:
    """The name of the user's own vectors, as the job that took them knows it."""
    for job in state.jobs().all():
        if job.what == "vectors" and (job.result or {}).get("embeddings") == entry.embeddings:
            source = str(job.args["source"])
            return ["--embeddings", source if source.startswith("column:") else Path(source).name]
    return []


def _text_words(entry: Entry, study: Study) -> list[str]:
    both = (study, study.reference or study)  # one option for the two; it changes nothing where no text is empty
    words = ["--leave-out-empty"] if any(each.leave_out_empty for each in both) else []
    if study.template:
        words += ["--template", study.template.as_words()]
    if not study.embeddings.encoder_name:
        words += vector_words(entry)
    elif entry.encoder != "default":
        words += ["--encoder", entry.encoder]
    return words
