"""What a command says on stderr before it begins, because a person may expect something else."""

import sys

from ..dataset import Dataset
from ..store import Store, read_json
from ..workspace import Workspace


def tell_of_own_vectors(dataset: Dataset, store: Store) -> None:
    """That the app has vectors of the user's own for these rows, which a command takes only where it names them."""
    entry = Workspace(store).get(dataset.key)
    if entry is None or entry.embeddings is None:
        return
    meta = read_json(store.folder("embeddings", entry.embeddings) / "meta.json")
    if not meta["encoder_name"]:
        print(
            f"gamut: In the app {dataset.name} has vectors of your own ({meta['name']}). This command embeds "
            "its texts with an encoder; add --embeddings and the file of the vectors to use these.",
            file=sys.stderr,
        )
