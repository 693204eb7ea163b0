"""The worker's job that makes a static model of an encoder, fitted on the texts of an open dataset."""

from typing import Any

from .distilling import distill
from .opening import rows_with_text
from .progress import Progress
from .store import Store
from .template import Template
from .work_opening import Args, as_asked
from .workspace import Workspace


def distill_encoder(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Make the model and hold it against the encoder. args: dataset, roles, template, encoder, leave_out_empty."""
    workspace = Workspace(store)
    entry = as_asked(workspace, args)
    texts, _ = rows_with_text(workspace.dataset(entry), Template.from_json(entry.template), leave_out_empty=True)
    found = distill(texts, store, entry.encoder, progress=progress)
    return {
        "folder": str(found.folder),
        "encoder": found.encoder,
        "learnt_from": found.learnt_from,
        "agreement": found.agreement.as_json(),
    }
