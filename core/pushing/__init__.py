"""Chosen rows to the Hugging Face hub: a folder with rows, card and proof made from a bundle, and its upload.

hub_folder(Path("proof.zip"), Path("folder"), "org/name"); print(push(Path("folder"), "org/name", private=True))
"""

from .card import card
from .folder import card_of, hub_folder
from .push import may_push, push
from .saved import card_of_subset, subset_folder

__all__ = ["card", "card_of", "card_of_subset", "hub_folder", "may_push", "push", "subset_folder"]
