"""A sentence-transformers model small enough to make in a test: random weights, a dozen words as tokens."""

import warnings
from pathlib import Path

WORDS = ("red", "green", "blue", "one", "two", "three", "cat", "dog", "bird", "sings", "runs", "sleeps")


def make_tiny_model(
    folder: Path,
    *,
    kind: str = "bert",
    pooling: str = "mean",
    normalize: bool = True,
    prompt: str = "",
    max_tokens: int = 16,
    seed: int = 0,
) -> Path:
    """Save such a model into a new folder and return it."""
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    transformers.utils.logging.disable_progress_bar()
    base = folder.with_name(f"{folder.name}-base")
    base.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (base / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(vocab=str(base / "vocab.txt"), model_max_length=max_tokens).save_pretrained(base)
    torch.manual_seed(seed)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    if kind == "distilbert":
        sizes = {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
    config = transformers.AutoConfig.for_model(kind, vocab_size=len(words), max_position_embeddings=64, **sizes)
    transformers.AutoModel.from_config(config).save_pretrained(base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modules = [Transformer(str(base)), Pooling(16, pooling_mode=pooling), *([Normalize()] if normalize else [])]
        prompts = {"task": prompt} if prompt else {}
        model = SentenceTransformer(
            modules=modules, device="cpu", prompts=prompts, default_prompt_name="task" if prompt else None
        )
        model.save(str(folder), create_model_card=False)
    return folder
