"""What a worker loads and compiles beforehand, so that the first job does not wait for it."""

from importlib import import_module

_LIBRARIES = ("torch", "faiss", "sentence_transformers", "sklearn.cluster", "umap.umap_")


def import_libraries() -> None:
    """Import what nearly every job needs, and load the default encoder."""
    for name in _LIBRARIES:
        import_module(name)
    from .encoders import load_encoder

    load_encoder("default").encode(["warm"])


def warm_up() -> None:
    """Compile what metrics of texts, the first map and NovelSelect need; a map that is asked for meanwhile waits."""
    from .projections.umap import warm_up as warm_umap
    from .selectors._novelty_rule import warm_up as warm_novelselect
    from .tokens import warm_up as warm_tokens

    warm_tokens()
    warm_umap()
    warm_novelselect()
