"""Datasets of the Hugging Face hub: which files a configuration and split are, and their content at one commit.

The token is the one of HF_TOKEN or of the file that a login wrote; it is sent to the hub alone and written nowhere.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from ..errors import UserError
from .address import Address
from .hub_layout import Layout, is_data, layout_of, matches
from .remote import Listing, RemoteFile, Stream
from .rules import Rules
from .web import RefusedError, content

_COMMIT = re.compile(r"[0-9a-f]{40}")


def is_pinned(address: Address) -> bool:
    """Whether an address names a commit, whose files are always the same."""
    return address.kind == "hub" and _COMMIT.fullmatch(address.revision) is not None


def splits(address: Address) -> tuple[str, Layout, dict[str, int]]:
    """The commit of a dataset's revision, its configurations and splits, and the bytes of each file.

    Raises:
        UserError: no network, no such dataset or revision, one that asks for a login or an agreement, or no data.
    """
    commit, card, files = _repository(address)
    sizes = {path: file.size for path, file in files.items()}
    paths = [path for path in files if not address.path or (is_data(path) and matches(path, address.path))]
    if address.path and not paths:
        raise UserError(
            f"{address.place} has no file {address.path} that Gamut reads at that revision. Check its name."
        )
    return commit, layout_of(paths, {} if address.path else card, address.place), sizes


def look(address: Address, rules: Rules) -> Listing:
    """The files of one configuration and split of a dataset."""
    commit, card, files = _repository(address)
    paths = list(files)
    config = split = ""
    if address.path and not (address.config or address.split):
        found = sorted(path for path in paths if is_data(path) and matches(path, address.path))
        if not found:
            raise UserError(
                f"{address.place} has no file {address.path} that Gamut reads at that revision. Check its name."
            )
    else:
        layout = layout_of(paths, card, address.place)
        config = _one_of(layout, address.config, "default", "configuration", "config", address.place)
        split = _one_of(layout[config], address.split, "train", "split", "split", address.place)
        found = [path for path in layout[config][split] if not address.path or matches(path, address.path)]
    pinned = address.with_wishes(revision=commit, config=config, split=split)
    token, trusted = _token(), urlsplit(_endpoint()).netloc
    remote = []
    for path in found:
        place = f"{_endpoint()}/datasets/{address.place}/resolve/{commit}/{quote(path)}"
        opened = partial(_content, place, rules, address.place, token, trusted)
        sha256 = str(files[path].lfs.sha256) if files[path].lfs else ""
        remote.append(RemoteFile(path, int(files[path].size), commit, opened, sha256))
    words = [address.place.partition("/")[2], config if config != "default" else "", split if split != "train" else ""]
    return Listing(pinned, commit, "_".join(word for word in words if word), tuple(remote))


def _one_of(there: Mapping[str, Any], wanted: str, usual: str, what: str, wish: str, name: str) -> str:
    """The one that is wanted, else the only one or the usual one."""
    if wanted in there:
        return wanted
    if not wanted and (len(there) == 1 or usual in there):
        return usual if usual in there else next(iter(there))
    names = ", ".join(list(there)[:30]) + (", ..." if len(there) > 30 else "")
    wrong = f"has no {what} {wanted!r}" if wanted else f"has several {what}s"
    raise UserError(f"{name} {wrong}. Name one of {names} (#{wish}=...).")


@contextmanager
def _content(url: str, rules: Rules, name: str, token: str | None, trusted: str, start: int) -> Iterator[Stream]:
    try:
        with content(url, rules, start, token=token, trusted=trusted) as stream:
            yield stream
    except RefusedError as error:
        if error.status in (401, 403):
            raise _gated(name, token is not None) from error
        raise


def _repository(address: Address) -> tuple[str, Mapping[str, Any], dict[str, Any]]:
    """The commit, the front matter of the card, and every file by its path."""
    from huggingface_hub.hf_api import RepoFile

    with in_words(address.place, address.revision):
        api = client()
        info = api.dataset_info(address.place, revision=address.revision or None, timeout=20)
        commit = str(info.sha)
        tree = api.list_repo_tree(address.place, repo_type="dataset", revision=commit, recursive=True)
        files = {each.path: each for each in tree if isinstance(each, RepoFile)}
    card = info.card_data.to_dict() if info.card_data else {}
    return commit, card, files


def client() -> Any:
    """The hub's own client, with the token of this machine where there is one."""
    from huggingface_hub import HfApi

    return HfApi(endpoint=_endpoint(), token=_token() or False, library_name="gamut")


@contextmanager
def in_words(name: str, revision: str = "") -> Iterator[None]:
    """What the hub and the network refuse, in sentences.

    Raises:
        UserError: no network, no such dataset or revision, or one that asks for a login, an agreement or a right.
    """
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise UserError(
            f"The hub is not asked for {name}: HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids it. Unset it where "
            "there is a network, or fetch the files elsewhere and open them as files."
        ) from error
    except errors.GatedRepoError as error:
        raise _gated(name, _token() is not None) from error
    except errors.RepositoryNotFoundError as error:
        login = "" if _token() else " If it is private, log in first: `hf auth login`, or set HF_TOKEN."
        raise UserError(f"The hub has no dataset {name} that you may see. Check the name.{login}") from error
    except errors.RevisionNotFoundError as error:
        raise UserError(f"{name} has no revision {revision!r}. Name a branch, a tag or a commit of it.") from error
    except errors.HFValidationError as error:
        raise UserError(f"{name!r} is no name of a dataset on the hub. It is org/name.") from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", 0)
        if status in (401, 403):
            raise UserError(
                f"The hub refuses {name} to the token of this machine (status {status}). Log in with one that has the "
                "right: `hf auth login`, or HF_TOKEN."
            ) from error
        raise UserError(f"The hub cannot answer for {name} now (status {status}). Try again later.") from error
    except Exception as error:
        if _is_network(error):
            raise UserError(
                f"Nobody answers at {urlsplit(_endpoint()).hostname}. Check whether this machine has a network; else "
                "fetch the files elsewhere and open them as files."
            ) from error
        raise


def _is_network(error: Exception) -> bool:
    """Whether that is an error of a connection, of whichever library the hub's client stands on."""
    return isinstance(error, OSError) or any(kind.__name__ == "TransportError" for kind in type(error).__mro__)


def _gated(name: str, known: bool) -> UserError:
    login = "" if known else "log in on this machine (`hf auth login`, or HF_TOKEN) and "
    return UserError(
        f"{name} is given only to those who agree to its terms: {login}accept them at "
        f"{_endpoint()}/datasets/{name}, then try again."
    )


def _endpoint() -> str:
    from huggingface_hub import constants

    return str(constants.ENDPOINT).rstrip("/")


def _token() -> str | None:
    from huggingface_hub import get_token

    found = get_token()
    return None if found is None else str(found)


def token_is_here() -> bool:
    """Whether this machine has a token for the hub: HF_TOKEN, or a login."""
    return _token() is not None
