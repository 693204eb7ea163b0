"""How models are trained on the rows of an entropy selection: the controls, and what a job asked for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.daar import EMBEDDINGS
from core.lm import Training


def draw(model: str, held_out: float, before: Mapping[str, Any], key: str) -> tuple[Training | None, int]:
    """How to train, None where nothing is, and the seeds of each."""
    seeds = int(before.get("seeds", 3))
    if not held_out or model in ("", EMBEDDINGS):
        return None, seeds
    wanted = st.checkbox(
        "Train the model on the chosen rows, on random ones and on the bins, and try it on the rows held out",
        value=bool(before.get("training")),
        key=f"daar train:{key}",
    )
    if not wanted:
        return None, seeds
    usual = Training.from_json(before["training"]) if before.get("training") else Training()
    left, middle, right = st.columns(3)
    seeds = int(left.number_input("Seeds", 1, 20, seeds, 1, key=f"daar seeds:{key}"))
    epochs = middle.number_input("Epochs", 0.1, 100.0, usual.epochs, 0.5, key=f"daar epochs:{key}")
    lora = right.number_input(
        "LoRA rank", 0, 1024, usual.lora, 1, key=f"daar lora:{key}", help="0: all weights. The paper has 8."
    )
    return replace(usual, epochs=float(epochs), lora=int(lora)), seeds


def asked(args: Mapping[str, Any]) -> tuple[Training, int] | None:
    """How models are trained on the rows, and the seeds of each."""
    if not args.get("training"):
        return None
    return Training.from_json(args["training"]), int(args.get("seeds", 3))
