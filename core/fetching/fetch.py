"""From an address to files in the store: fetched once, whole or as a sample, with nothing half-written ever read.

Files come into `fetched/<key>.partial/`, which one rename makes `fetched/<key>/`. What a cancel, a kill or a broken
connection leaves there is gone on with where the server can, and fetched anew where it cannot.
"""

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..alone import alone_in
from ..digest import digest, digest_file
from ..errors import UserError
from ..memory import in_words
from ..progress import Progress, silent
from ..reading import Options
from ..store import Store, read_json, write_json
from . import bucket, hub, sample, web
from .address import Address
from .remote import BrokenOffError, Listing, RemoteFile
from .rules import Rules

_VERSION = 1  # of what is kept
_RECORD = "fetched.json"
_TRIES = 4


@dataclass(frozen=True)
class Fetched:
    """Files in the store, and where they come from."""

    files: tuple[tuple[Path, str], ...]  # with what each is called
    address: str  # with the revision and everything else that was found
    revision: str
    name: str  # of the dataset
    sampled: bool  # whether rows were drawn, which lie as JSON lines


def look(address: Address, rules: Rules) -> Listing:
    """What lies at an address.

    Raises:
        UserError: no network, nothing there, or not allowed.
    """
    try:
        match address.kind:
            case "hub":
                return hub.look(address, rules)
            case "bucket":
                return bucket.look(address, rules)
            case _:
                return web.look(address, rules)
    except BrokenOffError as error:
        raise UserError(f"{address.where} does not answer ({error}). Check the network, and try again.") from error


def fetch(
    address: Address, store: Store, *, rules: Rules, options: Options | None = None, progress: Progress = silent
) -> Fetched:
    """The files of an address; those that were fetched before are there at once, where their version tells it.

    Args:
        options: how files are read that rows are drawn from.

    Raises:
        UserError: as `look`, or more than may be fetched.
    """
    options = options or Options()
    if hub.is_pinned(address) and store.has("fetched", key := _key(address, (), options)):
        return _kept(store.folder("fetched", key))  # needs no network
    progress(0.0, f"Looking up {address}")
    listing = look(address, rules)
    key = _key(listing.address, listing.files, options)
    done = store.folder("fetched", key)
    partial = done.with_name(f"{key}.partial")
    with alone_in(partial, done, progress, "fetches the same") as mine:
        if mine:
            _check(listing, store, rules)
            _bring(listing, partial, rules, options, progress)
            (partial / "lock").unlink()
            partial.replace(done)
    return _kept(done)


def _key(address: Address, files: tuple[RemoteFile, ...], options: Options) -> str:
    """What names the content: the commit of the hub, else what the servers say of each file."""
    marks = (
        [] if hub.is_pinned(address) else [[file.name, file.size, file.version or uuid.uuid4().hex] for file in files]
    )
    return digest("fetched", _VERSION, str(address), marks, options.key() if address.rows else None)


def _check(listing: Listing, store: Store, rules: Rules) -> None:
    """Refuse what is too large for the rules or the disk before any of it is fetched."""
    size = listing.size
    if size is None:
        return
    rules.check_size(size, str(listing.address), _smaller(listing))
    free = shutil.disk_usage(store.home).free
    if size > free:
        raise UserError(f"{listing.address} has {in_words(size)}, and the disk has room for {in_words(free)}.")


def _smaller(listing: Listing) -> str:
    if listing.address.kind == "hub" and len(listing.files) > 1:
        return f"Name some of its files: hf://datasets/{listing.address.place}/{listing.files[0].name}."
    return "Name fewer or smaller files."


def _bring(listing: Listing, folder: Path, rules: Rules, options: Options, progress: Progress) -> None:
    """Fetch every file into the folder, or what is drawn from it, and write down what there is."""
    wanted, count, total = listing.address.rows, len(listing.files), listing.size
    done = 0
    paths = [folder / f"{number:05}" for number in range(count)]
    for number, (file, path) in enumerate(zip(listing.files, paths, strict=True)):

        def told(size: int, before: int = done, file: RemoteFile = file) -> None:
            now = before + size
            rules.check_size(now, str(listing.address), _smaller(listing))
            of = f" of {in_words(total)}" if total else ""
            progress(now / total if total else 0.0, f"Fetched {in_words(now)}{of}: {file.name}")

        if not path.exists() and not (wanted and sample.is_drawn(path)):
            _bring_file(file, path, listing.address.where, told)
        if wanted and not sample.is_drawn(path):
            progress((done + (file.size or 0)) / total if total else 0.0, f"Drawing rows from {file.name}")
            sample.draw(path, file.name, number, wanted, listing.address.seed, options)
        done += file.size or (path.stat().st_size if path.exists() else 0)
        if wanted:
            path.unlink(missing_ok=True)
    files: list[tuple[str, str]] = [(path.name, file.name) for path, file in zip(paths, listing.files, strict=True)]
    if wanted:
        files = [("rows", f"{listing.name.partition('.')[0]}_{wanted}_rows.jsonl")]
        sample.join(paths, wanted, folder / "rows")
    record: dict[str, Any] = {"address": str(listing.address), "revision": listing.revision, "name": listing.name}
    write_json(folder / _RECORD, record | {"files": files, "sampled": wanted is not None})


def _bring_file(file: RemoteFile, path: Path, where: str, told: Callable[[int], None]) -> None:
    """Fetch one file, from where an earlier attempt left it; it has its name only once it is whole."""
    part = path.with_name(f"{path.name}.part")
    for attempt in range(_TRIES):
        start = part.stat().st_size if part.exists() and file.version else 0
        try:
            size = file.size if start and start == file.size else _go_on(file, part, start, told)
            if size is None or part.stat().st_size == size:
                break
            if part.stat().st_size > size:
                part.unlink()
            raise BrokenOffError("it ended too early")
        except BrokenOffError as error:
            if attempt == _TRIES - 1:
                raise UserError(
                    f"{file.name} from {where} broke off ({error}) after "
                    f"{in_words(part.stat().st_size if part.exists() else 0)}. Try again: what came is kept."
                ) from error
    if file.sha256 and digest_file(part) != file.sha256:
        part.unlink()
        raise UserError(f"{file.name} came damaged: its SHA-256 is not the one that {where} tells. Try again.")
    part.replace(path)


def _go_on(file: RemoteFile, part: Path, start: int, told: Callable[[int], None]) -> int | None:
    """Add to the part what is missing; returns the size of the whole file where it is told."""
    with file.open(start) as stream:
        part.touch()
        with part.open("r+b") as written:
            written.truncate(stream.start)
            written.seek(stream.start)
            reached = stream.start
            for block in stream.blocks:
                written.write(block)
                reached += len(block)
                told(reached)
    return stream.size


def _kept(folder: Path) -> Fetched:
    record = read_json(folder / _RECORD)
    files = tuple((folder / str(kept), str(name)) for kept, name in record["files"])
    return Fetched(files, record["address"], record["revision"], record["name"], record["sampled"])
