"""Files in S3-compatible buckets, by s3fs (the extra `gamut[s3]`); keys and endpoint are those of the environment."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from ..errors import UserError
from .address import Address
from .hub_layout import is_data
from .remote import BLOCK, BrokenOffError, Listing, RemoteFile, Stream
from .rules import Rules


def look(address: Address, rules: Rules) -> Listing:
    """The files of an address in a bucket: one, those of a folder, or those of a pattern."""
    path = address.place.removeprefix("s3://").rstrip("/")
    bucket = path.partition("/")[0]
    if rules.buckets is not None and bucket not in rules.buckets:
        raise UserError(
            f"The app opens no bucket {bucket!r}: it would lend its own keys to whoever opens a page. Whoever runs it "
            "may name buckets in GAMUT_S3_BUCKETS; the command line opens any."
        )
    with _in_words(bucket):
        system = filesystem()
        if "*" in path or "?" in path:
            files = [each for each in system.glob(path, detail=True).values() if each["type"] == "file"]
        elif (one := system.info(path))["type"] == "file":
            files = [one]
        else:
            inside = system.find(path, detail=True)
            files = [each for name, each in inside.items() if is_data(name.strip("/").removeprefix(path).lstrip("/"))]
    if not files:
        raise UserError(f"There is no file at {address.place} that Gamut reads. Check the address.")
    files.sort(key=lambda each: str(each["name"]))
    remote = [
        RemoteFile(
            PurePosixPath(str(each["name"])).name,
            int(each["size"]),
            _version(each),
            partial(_content, system, str(each["name"]), int(each["size"]), bucket),
        )
        for each in files
    ]
    name = remote[0].name if len(remote) == 1 else PurePosixPath(path.partition("*")[0]).name or bucket
    return Listing(address, _version(files[0]) if len(files) == 1 else "", name, tuple(remote))


def filesystem() -> Any:
    """The file system of buckets; without keys on this machine it asks as nobody, which public buckets allow."""
    try:
        import botocore.session
        import s3fs
    except ImportError as error:
        raise UserError(
            "Buckets need s3fs, which is not installed here. Install it with the extra: pip install 'gamut[s3]'."
        ) from error
    nobody = botocore.session.get_session().get_credentials() is None
    return s3fs.S3FileSystem(anon=nobody, use_listings_cache=False, skip_instance_cache=True)  # buckets change


def _version(info: dict[str, Any]) -> str:
    return str(info.get("ETag") or info.get("LastModified") or info.get("created") or "").strip('"')


@contextmanager
def _content(system: Any, name: str, size: int, bucket: str, start: int) -> Iterator[Stream]:
    with _in_words(bucket):
        file = system.open(name, "rb", cache_type="readahead")
        file.seek(start)
    with file:
        yield Stream(start, size, _blocks(file, bucket))


def _blocks(file: Any, bucket: str) -> Iterator[bytes]:
    while True:
        with _in_words(bucket):
            block = file.read(BLOCK << 4)
        if not block:
            return
        yield block


@contextmanager
def _in_words(bucket: str) -> Iterator[None]:
    try:
        yield
    except UserError:
        raise
    except FileNotFoundError as error:
        raise UserError(f"There is no such bucket or file ({bucket}). Check the address.") from error
    except PermissionError as error:
        raise UserError(
            f"The bucket {bucket} is not open to the keys of this machine. Set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or a profile, of somebody who may read it."
        ) from error
    except (ConnectionError, TimeoutError) as error:
        raise BrokenOffError(str(error) or type(error).__name__) from error
    except Exception as error:
        if not any(kind.__module__.startswith(("botocore", "aiohttp")) for kind in type(error).__mro__):
            raise
        raise UserError(
            f"The bucket {bucket} cannot be reached ({type(error).__name__}). Check the network, and AWS_ENDPOINT_URL "
            "where the bucket is not Amazon's."
        ) from error
