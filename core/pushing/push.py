"""Uploading the folder of a dataset to the hub, with the token of this machine."""

import os
from contextlib import suppress
from pathlib import Path

from ..errors import UserError
from ..fetching import parse, token_is_here
from ..fetching.hub import client, in_words
from ..progress import Progress, silent
from .folder import written_before


def may_push() -> bool:
    """Whether the app may push: it was started with GAMUT_ALLOW_PUSH=1, and this machine has a token."""
    return os.environ.get("GAMUT_ALLOW_PUSH") == "1" and token_is_here()


def push(
    folder: Path, name: str, *, private: bool, revision: str = "", update: bool = False, progress: Progress = silent
) -> str:
    """Upload the folder as a dataset of that name; returns the address of the commit.

    Args:
        private: whether a dataset that is made by this is seen by its owner alone; one that is there must be so then.
        revision: the branch, made where there is none; "" for the main one.
        update: whether files of a dataset that is there already may be written over; rows in another format and files
            of an earlier proof are deleted then, and nothing else is.

    Raises:
        UserError: no token, no network, no right, or a dataset that is there already or is to be private and is not.
    """
    check_name(name)
    if not token_is_here():
        raise UserError("Pushing needs a token of the hub that may write: `hf auth login`, or set HF_TOKEN.")
    with in_words(name, revision):
        from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

        api = client()
        progress(0.1, f"Asking for {name}")
        try:
            there = set(api.list_repo_files(name, repo_type="dataset", revision=revision or None)) - {".gitattributes"}
        except (RepositoryNotFoundError, RevisionNotFoundError):
            there = set()
        if there and not update:
            raise UserError(
                f"{name} is on the hub already and holds {len(there):,} files. Choose another name or revision, or say "
                "that they may be written over (--update)."
            )
        if private:
            with suppress(RepositoryNotFoundError):  # else it is made private below
                if not api.dataset_info(name).private:
                    raise UserError(
                        f"{name} is on the hub already and everybody sees it, so nothing was uploaded. Make it private "
                        "there first, choose another name, or push without asking for private."
                    )
        api.create_repo(name, repo_type="dataset", private=private, exist_ok=True)
        if revision:
            api.create_branch(name, branch=revision, repo_type="dataset", exist_ok=True)
        progress(0.3, f"Uploading to {name}")
        done = api.upload_folder(
            repo_id=name,
            folder_path=str(folder),
            repo_type="dataset",
            revision=revision or None,
            # in the same commit; what this folder holds too is written over
            delete_patterns=[path for path in written_before() if path in there] or None,
            commit_message="Rows chosen with Gamut, their card and their proof",
        )
    progress(1.0, f"Pushed {name}")
    return str(done.commit_url)


def check_name(name: str) -> None:
    """A UserError where that is no name of a dataset on the hub."""
    if parse(f"hf://datasets/{name}").place != name:
        raise UserError(f"{name!r} is no name of a dataset on the hub. It is org/name.")
