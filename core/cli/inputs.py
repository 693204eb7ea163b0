"""What several commands share: naming the data, opening it as a Study, parameters, and progress on stderr."""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..dataset import Dataset
from ..errors import UserError
from ..params import Param
from ..progress import Progress, part
from ..reading.options import FORMATS, Options
from ..store import Store
from ..study import Study
from ..template import Template
from ..vector_files import names_vectors
from .notices import tell_of_own_vectors
from .roles import add_roles, roles_of
from .subset_words import file_and_subset, of_the_data, part_named


def add_data(parser: argparse.ArgumentParser, *, required: bool = False, encoders: bool = False) -> None:
    """The arguments that name the data and how its texts are made; `encoders`: one may name several."""
    parser.add_argument(
        "data",
        nargs="+" if required else "*",
        metavar="DATA",
        type=data_path,
        help="one or several files: JSONL, JSON, CSV, TSV, Parquet, Arrow or text, also as .gz, .zst or .zip; a folder "
        "of them; or an address: hf://datasets/org/name#split=test,rows=1000, https://..., s3://...",
    )
    add_texts(parser, encoders=encoders)


def add_texts(parser: argparse.ArgumentParser, *, encoders: bool = False) -> None:
    """The arguments that say how files are read and how their texts are made and embedded."""
    add_reading(parser)
    group = parser.add_argument_group("how texts are made")
    group.add_argument(
        "--template",
        metavar="T",
        help="prompt, response, both, conversation, column:NAME, or a pattern with {column} names (default: by shape)",
    )
    add_roles(group)
    group.add_argument("--leave-out-empty", action="store_true", help="leave out rows whose text is empty")
    what = "a sentence-transformers model by name or folder"
    if encoders:
        group.add_argument(
            "--encoder", dest="encoders", action="append", default=[], help=f"{what}; once more for each further one"
        )
    else:
        group.add_argument("--encoder", default="default", help=what)
    group.add_argument("--home", type=Path, help="folder for results (default: GAMUT_HOME or the platform's)")
    group.add_argument("--quiet", action="store_true", help="no progress (notices are still printed)")


def data_path(word: str) -> Path:
    """A file, a folder, or an address, whose query keeps slashes that a path would lose."""
    place, mark, query = word.partition("?")
    return Path(place + mark + query.replace("//", "/%2F")) if "://" in place else Path(word)


def example(*commands: str) -> dict[str, Any]:
    """What the parser of a command takes to end its help with examples."""
    lines = ["example:" if len(commands) == 1 else "examples:", *(f"  {command}" for command in commands)]
    return {"epilog": "\n".join(lines), "formatter_class": argparse.RawDescriptionHelpFormatter}


def add_reading(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how files are read, where what was guessed is wrong."""
    group = parser.add_argument_group("how files are read (guessed from their content)")
    group.add_argument("--format", choices=FORMATS, help="the format")
    group.add_argument("--encoding", help="the encoding of texts, such as cp1251 or gb18030")
    group.add_argument("--delimiter", help="what stands between the cells of a table")
    group.add_argument("--header", choices=("yes", "no"), help="whether a table's first line names its columns")


def reading_options(options: argparse.Namespace) -> Options:
    """How to read, as the options say."""
    header = None if options.header is None else options.header == "yes"
    delimiter = {"\\t": "\t", "tab": "\t"}.get(options.delimiter, options.delimiter)
    return Options(format=options.format, encoding=options.encoding, delimiter=delimiter, header=header)


def add_embeddings(parser: argparse.ArgumentParser) -> None:
    """The argument that names vectors."""
    parser.add_argument(
        "--embeddings",
        metavar="E.npy",
        help="use these vectors, a row an item: .npy, .npz or Parquet (FILE:NAME where it holds several tables), or "
        "column:NAME of the data; DATA may be left out with a file",
    )


def add_vectors(parser: argparse.ArgumentParser) -> None:
    """The arguments that name vectors and a reference."""
    add_embeddings(parser)
    parser.add_argument(
        "--reference",
        metavar="R",
        help="the set that metrics are taken against: a dataset, vectors (.npy, .npz, FILE:NAME), or a saved subset: "
        "subset:NAME of the data, FILE:subset:NAME of another dataset; default: self",
    )


def add_part(parser: argparse.ArgumentParser, verb: str) -> None:
    """The argument that puts a saved subset in the place of the whole; `verb`: what is done with it."""
    parser.add_argument(
        "--subset",
        dest="part",
        metavar="NAME",
        help=f"{verb} a saved subset, against the reference or else the whole that it is of",
    )


def open_study(options: argparse.Namespace) -> Study:
    """The study that the options name, against its reference."""
    store = Store(options.home)
    progress = on_stderr(options)
    vectors: str | None = getattr(options, "embeddings", None)
    whole = _one(list(options.data), vectors, options, store, part(progress, 0, 0.5))
    study = _against(whole, options, store, progress)
    name: str | None = getattr(options, "part", None)
    return study if name is None else part_named(study, name, store)


def _against(study: Study, options: argparse.Namespace, store: Store, progress: Progress) -> Study:
    reference: str | None = getattr(options, "reference", None)
    if reference in (None, "self"):
        return study
    reference = str(reference)
    if (named := of_the_data(reference)) is not None:
        return study.against(part_named(study, named, store))
    return study.against(_reference(reference, options, store, part(progress, 0.5, 1)))


def _reference(word: str, options: argparse.Namespace, store: Store, progress: Progress) -> Study:
    """The study of the dataset, the vectors or the saved subset that are named as the reference."""
    if names_vectors(word):
        return _one([], word, options, store, progress)
    file, name = file_and_subset(word)
    if of_the_data(word) is not None:
        raise UserError(f"There are several sets: name the dataset that the reference is of, FILE:{word}.")
    found = _one([data_path(file)], None, options, store, progress, own_roles=True)
    return found if name is None else part_named(found, name, store)


def open_sets(options: argparse.Namespace) -> tuple[list[Study], Study | None]:
    """A study for each of the DATA of its own, and the reference, None where none is named."""
    store, count = Store(options.home), len(options.data)
    vectors: list[str | None] = list(options.embeddings) or [None] * count
    if len(vectors) != count:
        raise UserError(
            f"There are {count:,} sets and {len(vectors):,} --embeddings. Name vectors for each set in order, or none."
        )
    progress = on_stderr(options)
    studies = []
    for done, (data, own) in enumerate(zip(options.data, vectors, strict=True)):
        share = part(progress, done / (count + 1), (done + 1) / (count + 1))
        file, name = file_and_subset(str(data))
        if own is None and names_vectors(file):
            study = _one([], file, options, store, share)
        else:
            study = _one([Path(file)], own, options, store, share)
        studies.append(study if name is None else part_named(study, name, store))
    if options.reference is None:
        return studies, None
    return studies, _reference(str(options.reference), options, store, part(progress, 0.9, 1))


def _one(
    data: Sequence[Path],
    vectors: str | None,
    options: argparse.Namespace,
    store: Store,
    progress: Progress,
    *,
    own_roles: bool = False,
) -> Study:
    from ..opening import dataset_with_vectors, embed_dataset

    if not data:
        if vectors is None:
            raise UserError("Name a data file, or vectors with --embeddings.")
        return Study.of_file(Path(vectors), store=store)
    dataset = read_data(data, options, store, part(progress, 0, 0.2), own_roles=own_roles)
    template = Template.parse(options.template) if options.template else None
    leave_out = options.leave_out_empty
    if vectors is not None:
        study = dataset_with_vectors(dataset, vectors, store, template, leave_out_empty=leave_out)
    else:
        tell_of_own_vectors(dataset, store)
        rest = part(progress, 0.2, 1)
        study = embed_dataset(dataset, store, options.encoder, template, leave_out_empty=leave_out, progress=rest)
    if missing := len(dataset) - len(study):
        print(f"gamut: {dataset.name}: {missing:,} of {len(dataset):,} rows left out as empty.", file=sys.stderr)
    return study


def read_data(
    data: Sequence[Path], options: argparse.Namespace, store: Store, progress: Progress, *, own_roles: bool = False
) -> Dataset:
    """The dataset of those files, read as the options say, with the roles that they name unless it keeps its own."""
    from ..opening import open_dataset

    dataset = open_dataset(data, store, options=reading_options(options), progress=progress)
    _tell(dataset)
    return dataset if own_roles else dataset.with_roles(roles_of(options, dataset.roles))


def _tell(dataset: Dataset) -> None:
    """What was guessed and what could not be read, on stderr; asked for quiet or not."""
    for notice in dataset.notices:
        print(f"gamut: {dataset.name}: {notice}", file=sys.stderr)
    if dataset.bad_count:
        print(
            f"gamut: {dataset.name}: the list of bad lines ({dataset.bad_count:,}): {dataset.bad_path}", file=sys.stderr
        )


def names_in(words: str | None) -> list[str]:
    """The names in `A,B`; none where nothing is said."""
    return [name.strip() for name in (words or "").split(",") if name.strip()]


def parse_params(words: Sequence[str], declared: Mapping[str, Param], owner: str) -> dict[str, Any]:
    """`key=value` words as values of the declared parameters."""
    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise UserError(f"--param {word}: expected key=value, such as alpha=2.")
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise UserError(f"{owner} has no parameter {name!r}. Its parameters: {known}.")
        found[name] = declared[name].parse(text, owner)
    return found


def on_stderr(options: argparse.Namespace) -> Progress:
    """Progress as one line that changes on a terminal, and as a line every ten seconds elsewhere."""
    shown = [0.0, 0.0]  # when last, and how long that line was
    terminal = sys.stderr.isatty()
    start = time.monotonic()

    def report(share: float, message: str) -> None:
        now = time.monotonic()
        if options.quiet or now - shown[0] < (0.1 if terminal else 10) or now - start < 0.5:
            return
        line = f"{share:4.0%} {message}"
        if terminal:
            print(f"\r{line:<{int(shown[1])}}", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        shown[:] = [now, len(line)]

    return report
