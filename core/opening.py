"""From files, or from what lies in the store, to a Study."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset
from .embeddings import Embeddings, embed, embedding_key, memory_needed
from .encoders import encoder_key, load_encoder
from .errors import UserError
from .fetching import Address, Rules, address_in, fetch, is_data
from .memory import require
from .progress import Progress, part, silent
from .reading import Options, read_dataset
from .sharded.encoding import shared_out
from .store import Store
from .study import Study
from .template import Template, texts

_MOST_FILES = 10_000


def open_dataset(
    paths: Sequence[Path | Address],
    store: Store,
    *,
    name: str | None = None,
    options: Options | None = None,
    rules: Rules | None = None,
    progress: Progress = silent,
) -> Dataset:
    """Read files into the store; the same files again are read at once.

    Args:
        paths: files, folders of them, and addresses, which are fetched first.
        rules: what may be fetched; by default what the command line may.
    """
    found: list[tuple[Path, str, tuple[str, str]]] = []  # files, their names, and where they come from
    for done, path in enumerate(paths):
        address = path if isinstance(path, Address) else address_in(path)
        if address is not None:
            share = part(progress, 0.6 * done / len(paths), 0.6 * (done + 1) / len(paths))
            fetched = fetch(address, store, rules=rules or Rules.of_command_line(), options=options, progress=share)
            found += [(file, called, (fetched.address, fetched.revision)) for file, called in fetched.files]
            name = name or (fetched.name if len(paths) == 1 else None)
            options = None if fetched.sampled and len(paths) == 1 else options  # drawn rows are JSON lines
        elif (folder := Path(str(path))).is_dir():
            found += [(file, file.relative_to(folder).as_posix(), ("", "")) for file in files_below(folder)]
            name = name or (folder.resolve().name if len(paths) == 1 else None)
        elif not folder.exists():
            raise UserError(f"There is no file {path}. Check the path.")
        else:
            found.append((folder, folder.name, ("", "")))
    fetched_some = any(origin[0] for _, _, origin in found)
    return read_dataset(
        [file for file, _, _ in found],
        store.home / "datasets",
        name=name,
        names=[called for _, called, _ in found],
        origins=[origin for _, _, origin in found],
        options=options,
        progress=part(progress, 0.6, 1) if fetched_some else progress,
    )


def files_below(folder: Path) -> list[Path]:
    """The data files in a folder and its folders, such as shards, in the order of their names.

    Raises:
        UserError: there is none, or there are more than anybody reads as one dataset.
    """
    found = [
        path for path in sorted(folder.rglob("*")) if path.is_file() and is_data(path.relative_to(folder).as_posix())
    ]
    found = [path for path in found if not path.name.endswith(".manifest.json")]
    if not found:
        raise UserError(f"The folder {folder} holds no data file: JSONL, JSON, CSV, TSV, Parquet, Arrow or text.")
    if len(found) > _MOST_FILES:
        raise UserError(
            f"The folder {folder} holds {len(found):,} data files; at most {_MOST_FILES:,} are read as one."
        )
    return found


def load_dataset(key: str, store: Store) -> Dataset:
    """The dataset of that key, which was read before."""
    if not store.has("datasets", key):
        raise UserError("This dataset is no longer in the store. Open its file again.")
    return Dataset.load(store.folder("datasets", key))


def rows_with_text(
    dataset: Dataset, template: Template, *, leave_out_empty: bool = False
) -> tuple[list[str], NDArray[np.int64]]:
    """The texts to embed and the numbers of their rows; rows whose text is empty are left out, or refused."""
    every = texts(dataset, template)
    positions = np.array([i for i, text in enumerate(every) if text and not text.isspace()], dtype=np.int64)
    empty = len(every) - len(positions)
    if not len(positions):
        raise UserError(
            f"All {len(every):,} rows of {dataset.name} have an empty text with the template {template.describe()}."
        )
    if empty and not leave_out_empty:
        first = next(i for i, text in enumerate(every) if not text.strip())
        raise UserError(
            f"{empty:,} of {len(every):,} rows have an empty text; the first is row {first + 1}. "
            "Leave them out (--leave-out-empty, in Python leave_out_empty=True), or choose another template."
        )
    return [every[i] for i in positions] if empty else every, positions


def embed_dataset(
    dataset: Dataset,
    store: Store,
    encoder: str = "default",
    template: Template | None = None,
    *,
    leave_out_empty: bool = False,
    progress: Progress = silent,
) -> Study:
    """Embed the texts of a dataset and return its study; what was embedded before is not embedded again."""
    template = template or Template()
    rendered, positions = rows_with_text(dataset, template, leave_out_empty=leave_out_empty)
    key, how = embedding_key(rendered, encoder_key(encoder)), template.describe()
    if store.has("embeddings", key):  # then the encoder need not be loaded
        found = replace(Embeddings.load(store.folder("embeddings", key)), template=how)
    else:
        progress(0.0, "Loading the encoder")
        loaded = load_encoder(encoder)
        require(memory_needed(len(rendered), loaded.dim), f"Embedding {len(rendered):,} rows")
        found = embed(
            rendered,
            shared_out(loaded, len(rendered)),
            store.home / "embeddings",
            key=key,
            template=how,
            progress=part(progress, 0.01, 1),
        )
    return Study(
        found, dataset, template, positions, rendered, leave_out_empty=leave_out_empty, store=store, name=dataset.name
    )


def study_of(
    dataset: Dataset, embeddings: str, template: Template | None, store: Store, *, leave_out_empty: bool = False
) -> Study:
    """The study of a dataset in the store with embeddings that were made before.

    Vectors of the user's own stand for every row, with a text or without; where rows without text are left out, they
    may also stand for the others alone. A dataset without any column of text has no texts then.

    Raises:
        UserError: the embeddings are gone, or are not those of the texts that the template makes.
    """
    if not store.has("embeddings", embeddings):
        raise UserError(f"The embeddings of {dataset.name} are no longer in the store. Embed it again.")
    found = Embeddings.load(store.folder("embeddings", embeddings))
    rendered: list[str] | None = None
    if found.encoder_name:
        template = template or Template()
        rendered, positions = rows_with_text(dataset, template, leave_out_empty=leave_out_empty)
        if embedding_key(rendered, found.encoder_key) != embeddings:
            raise UserError(f"The embeddings of {dataset.name} are those of other texts. Embed it again.")
    else:
        positions = np.arange(len(dataset), dtype=np.int64)
        if found.n != len(dataset):
            positions = _rows_of_vectors(dataset, template, leave_out_empty)
        if found.n != len(positions):
            raise UserError(f"{dataset.name} has {len(positions):,} rows to study and {found.n:,} vectors.")
        template = (template or Template()) if _has_text(dataset, template) else None
        if template is not None:
            every = texts(dataset, template)
            rendered = every if len(positions) == len(every) else [every[i] for i in positions]
    return Study(
        found, dataset, template, positions, rendered, leave_out_empty=leave_out_empty, store=store, name=dataset.name
    )


def dataset_with_vectors(
    dataset: Dataset, source: str, store: Store, template: Template | None = None, *, leave_out_empty: bool = False
) -> Study:
    """The study of a dataset with vectors of the user's own, for every row or for those that are not left out.

    Args:
        source: `column:NAME` for a list column of the dataset; else a .npy, .npz or Parquet file, a row an item. A .npz
            or Parquet file that also holds ids (called like the dataset's id column, `id` or `ids`) is matched by
            them, every other one by position.

    Raises:
        UserError: more or fewer vectors than rows, ids that do not match, vectors that are no numbers.
    """
    from .vectors import from_array, from_values

    if source.startswith("column:"):
        column = source.removeprefix("column:")
        found = from_values(dataset.values(column), name=f"column {column} of {dataset.name}")
    else:
        matched = _matched(dataset, source, _rows_of_vectors(dataset, template, leave_out_empty))
        found = from_array(matched, name=Path(source).name)
    if not store.has("embeddings", found.key):
        require(found.n * found.dim * 8, f"Taking {found.n:,} vectors")
        with store.draft("embeddings", found.key) as folder:
            found.save(folder)
    return study_of(dataset, found.key, template, store, leave_out_empty=leave_out_empty)


def _has_text(dataset: Dataset, template: Template | None) -> bool:
    """Whether there are texts to speak of: a column in the role of one, or one that the template names."""
    roles = dataset.roles
    named = template is not None and template.kind in ("column", "custom")
    return named or any((roles.prompt, roles.response, roles.conversation, roles.text))


def _rows_of_vectors(dataset: Dataset, template: Template | None, leave_out_empty: bool) -> NDArray[np.int64]:
    """The rows that vectors stand for when there are not as many as rows."""
    if leave_out_empty and _has_text(dataset, template):
        return rows_with_text(dataset, template or Template(), leave_out_empty=True)[1]
    return np.arange(len(dataset), dtype=np.int64)


def _matched(dataset: Dataset, source: str, fewer: NDArray[np.int64]) -> NDArray[Any]:
    """The vectors in the file in the order of the rows; `fewer` are the rows that they may stand for instead of all."""
    from .vector_files import id_names, load_array, load_ids, locate
    from .vectors import by_id, by_position

    path, part = locate(source)
    array = load_array(path, part)
    rows = fewer if len(array) == len(fewer) else np.arange(len(dataset))
    names = [name for name in (dataset.roles.id, "id", "ids") if name is not None and name in id_names(path)]
    if dataset.roles.id is not None and names:
        return by_id(array, load_ids(path, names[0]), dataset.ids(rows), name=path.name)
    return by_position(array, len(rows), name=path.name, dataset=dataset.name)
