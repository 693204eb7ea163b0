"""Which files of a dataset repository are which configuration and split: by its card, else by their names."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from ..errors import UserError

DATA_ENDINGS = (".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".arrow", ".txt")
_PACKED = (".gz", ".zst", ".bz2", ".xz", ".zip")
_BESIDE = (
    "dataset_infos.json",
    "dataset_dict.json",
    "dataset_info.json",
    "state.json",
    "license.txt",
    "requirements.txt",
)
_SHARD = re.compile(r"(?:^|/)([A-Za-z0-9_]+)-\d{5}-of-\d{5}\b")
_WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_CONVERTED = re.compile(r"([^/]+)/([^/]+)/\d+\.parquet")

Layout = dict[str, dict[str, list[str]]]  # configuration, split, paths


def layout_of(paths: Sequence[str], card: Mapping[str, Any], name: str) -> Layout:
    """The configurations of a repository and their splits, each with its files in order.

    Args:
        paths: every file of the repository.
        card: the front matter of its README.

    Raises:
        UserError: no file that is read.
    """
    data = sorted(path for path in paths if is_data(path))
    if not data:
        raise UserError(
            f"{name} has no file that Gamut reads ({', '.join(DATA_ENDINGS)}). The hub keeps many datasets as Parquet "
            "too: try the revision refs/convert/parquet."
        )
    told = _by_card(data, card.get("configs"))
    if told:
        return told
    converted = [_CONVERTED.fullmatch(path) for path in data]
    if all(converted):
        found: Layout = {}
        for path, match in zip(data, converted, strict=True):
            assert match is not None
            found.setdefault(match[1], {}).setdefault(match[2], []).append(path)
        return found
    return {"default": _by_name(_of_one_kind(data))}


def is_data(path: str) -> bool:
    """Whether a file of that name may hold rows."""
    parts = PurePosixPath(path.lower()).parts
    if any(part.startswith((".", "_")) for part in parts) or parts[-1] in _BESIDE:
        return False
    return _ending(path) in DATA_ENDINGS


def matches(path: str, pattern: str) -> bool:
    """Whether a path is that of a pattern: itself, in that folder, or by * (in one folder), ** and ?.

    >>> [matches(path, "data/*.csv") for path in ("data/a.csv", "data/b/a.csv")]
    [True, False]
    """
    pattern = pattern.removeprefix("./").strip("/")
    if path == pattern or (pattern and path.startswith(f"{pattern}/")):
        return True
    found = ""
    for piece in re.split(r"(\*\*/?|\*|\?)", pattern):
        found += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece) or re.escape(piece)
    return re.fullmatch(found, path) is not None


def _ending(path: str) -> str:
    name = PurePosixPath(path.lower())
    return (name.with_suffix("") if name.suffix in _PACKED else name).suffix


def _by_card(data: Sequence[str], configs: Any) -> Layout:
    """The layout that a card tells; an empty one where it tells none."""
    found: Layout = {}
    for config in configs if isinstance(configs, list) else []:
        if not isinstance(config, Mapping):
            continue
        folder = str(config.get("data_dir") or "").strip("./")
        splits: dict[str, list[str]] = {}
        for split, patterns in _told(config.get("data_files")):
            wanted = [f"{folder}/{pattern}" if folder else pattern for pattern in patterns]
            paths = [path for path in data if any(matches(path, pattern) for pattern in wanted)]
            if paths:
                splits.setdefault(split, []).extend(path for path in paths if path not in splits.get(split, []))
        inside = [path for path in data if path.startswith(f"{folder}/")] if folder else []
        if not splits and inside:
            splits = _by_name(_of_one_kind(inside))
        if splits:
            found[str(config.get("config_name") or "default")] = splits
    return found


def _told(files: Any) -> list[tuple[str, list[str]]]:
    """Splits and their patterns, in any of the ways that a card has for them."""
    match files:
        case str():
            return [("train", [files])]
        case Mapping():
            return [(str(split), _listed(patterns)) for split, patterns in files.items()]
        case list() if all(isinstance(each, Mapping) for each in files):
            return [(str(each.get("split") or "train"), _listed(each.get("path"))) for each in files]
        case list():
            return [("train", _listed(files))]
    return []


def _listed(patterns: Any) -> list[str]:
    return [str(each) for each in (patterns if isinstance(patterns, list) else [patterns]) if each]


def _of_one_kind(data: Sequence[str]) -> list[str]:
    """Those of the ending that most files have: the same rows may lie there in two formats."""
    counts = Counter(_ending(path) for path in data)
    most = max(counts, key=lambda ending: (counts[ending], -DATA_ENDINGS.index(ending)))
    return [path for path in data if _ending(path) == most]


def _by_name(data: Sequence[str]) -> dict[str, list[str]]:
    """Splits by what files, else their folders, are called; all are of `train` where no name says a split."""
    found: dict[str, list[str]] = {}
    named = {path: _split_in(path) for path in data}
    some = any(named.values())
    for path in data:
        split = named[path] or ("" if some else "train")
        if split:
            found.setdefault(split, []).append(path)
    return found


def _split_in(path: str) -> str:
    if shard := _SHARD.search(path):
        return shard[1]
    for part in reversed(PurePosixPath(path.lower()).parts):
        words = set(re.split(r"[^a-z]+", part))
        for split, names in _WORDS.items():
            if words & set(names):
                return split
    return ""
