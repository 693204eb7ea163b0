"""Zip files that are the same bytes for the same content, and reading those of strangers without trusting them."""

import hashlib
import shutil
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from ..drafts import draft_of
from ..errors import UserError

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: when it was made is not its content
_CHUNK = 1 << 20
_MOST_FILES = 100_000  # shards
_MOST_RATIO, _FREE_RATIO = 300, 64 << 20  # unpacked to packed; below so many bytes the ratio is of no matter


def write_zip(path: Path, files: Mapping[str, Path]) -> None:
    """Write those files under those names, in the order of their names, each with the same fixed time and rights."""
    with draft_of(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.file_size = files[name].stat().st_size  # so that it is known whether 32 bits hold it
            with files[name].open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, _CHUNK)


def zip_folder(path: Path, folder: Path) -> None:
    """Write every file of a folder and its folders, under its path in it."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    write_zip(path, {each.relative_to(folder).as_posix(): each for each in files})


def unpack(path: Path, folder: Path) -> dict[str, str]:
    """Unpack a bundle into a folder; the SHA-256 of each file by name.

    Raises:
        UserError: no zip, one that is cut off or damaged, or one with a file that has no place in a bundle: outside of
            the folder, in another one, a link, twice, encrypted, or far larger than it is packed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check(path, entries)
            return {info.filename: _unpacked(archive, info, folder / info.filename) for info in entries}
    except FileNotFoundError as error:
        raise UserError(f"There is no file {path}. Check the path.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(
            f"{path.name} is no whole zip file ({error}). It is cut off or damaged: fetch it again."
        ) from error
    except (NotImplementedError, RuntimeError) as error:  # a way of packing or an encryption that Python has not
        raise UserError(f"{path.name} is packed in a way that no bundle is ({error}).") from error


def _check(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > _MOST_FILES:
        raise UserError(f"{path.name} holds {len(entries):,} files, and no bundle has more than {_MOST_FILES:,}.")
    names = set()
    for info in entries:
        name, why = info.filename, ""
        if name in names:
            why = "is there twice"
        elif name.startswith(("/", "\\")) or ":" in name:
            why = "names a place outside of the bundle"
        elif ".." in name.replace("\\", "/").split("/"):
            why = "climbs out of the bundle"
        elif "/" in name or "\\" in name or info.is_dir() or not name.isprintable() or len(name) > 200:
            why = "lies in a folder, or has a name that no file of a bundle has"
        elif stat.S_ISLNK(info.external_attr >> 16):
            why = "is a link"
        elif info.flag_bits & 1:
            why = "is encrypted"
        if why:
            raise UserError(f"{path.name} is not unpacked: its file {name[:80]!r} {why}.")
        names.add(name)
    packed, size = path.stat().st_size, sum(info.file_size for info in entries)
    if sum(info.compress_size for info in entries) > packed or size > max(_FREE_RATIO, _MOST_RATIO * packed):
        raise UserError(
            f"{path.name} is not unpacked: its {packed:,} bytes say that they hold {size:,}, which no bundle does."
        )
    if size > (free := shutil.disk_usage(path.absolute().parent).free):
        raise UserError(f"{path.name} holds {size:,} bytes, and the disk has room for {free:,}. Free some space.")


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> str:
    """Write one file, no byte more than it says, and return the SHA-256 of its content."""
    found, left = hashlib.sha256(), info.file_size
    with archive.open(info) as source, target.open("wb") as file:
        while block := source.read(_CHUNK):
            left -= len(block)
            if left < 0:
                raise UserError(f"{info.filename} is larger than the zip says: it is not unpacked.")
            found.update(block)
            file.write(block)
    return found.hexdigest()
