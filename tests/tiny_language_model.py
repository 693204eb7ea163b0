"""A causal language model small enough to make in a test: random weights, bytes as tokens."""

from pathlib import Path

TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def make_tiny_language_model(
    folder: Path, *, context: int = 64, seed: int = 0, chat: bool = False, ends: bool = True, scale: float = 1.0
) -> Path:
    """Save such a model into a new folder and return it.

    Args:
        chat: with a chat template; ends: with a begin and end token; scale: of the random weights.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(["<e>", *alphabet])}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    names = {"bos_token": "<e>", "eos_token": "<e>", "pad_token": "<e>"} if ends else {}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=context, **names)
    if chat:
        tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = GPT2Config(
            vocab_size=257, n_positions=context, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
        )
        model = GPT2LMHeadModel(config)
        with torch.no_grad():
            for each in model.parameters():
                each.mul_(scale)
        model.save_pretrained(folder)
    return folder
