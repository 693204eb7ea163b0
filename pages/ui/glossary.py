"""The words of the field that the pages use, each in a sentence or two."""

GLOSSARY = {
    "Anchor rows": "Seeded rows from which a mean over very many rows is estimated; each is compared with all others. "
    "Such a value is marked as an estimate and has an interval.",
    "Cluster": "A group of rows that lie close together, named by its most telling words.",
    "Cosine distance": "One minus the cosine of the angle between two embeddings: 0 for the same direction, 1 for "
    "unrelated rows, 2 for opposite ones.",
    "Coverage": "How near the rows of one set have a row of another: of a reference by the data, or of the data by a "
    "selection.",
    "Embedding": "A row's text as a list of numbers, made by an encoder so that texts of like meaning lie close "
    "together. All distances are taken between embeddings.",
    "Encoder": "The model that makes embeddings. Values from two encoders cannot be compared.",
    "Equal n": "Sets are compared at the same number of rows, since most metrics move with it: the larger set is drawn "
    "from repeatedly.",
    "Gain": "What a row brought when it was chosen, in the selector's own unit.",
    "Interval": "The range around a value in which others like it fall; its kind says which: other samples from the "
    "same source, other seeds, or how far an estimate may be off.",
    "Local density": "How crowded the surroundings of a row are, by its ten nearest rows of the reference.",
    "Manifest": "The proof of a subset: what was chosen, from what, how, and with which versions. `gamut verify` "
    "checks a file by it, `gamut replay` chooses again.",
    "n": "The number of rows that a value is of.",
    "Novelty": "A row's share of NovelSum: how far it is from its nearest rows, in a well-filled part of the "
    "reference.",
    "Pool": "All rows that a selector may choose from.",
    "Random band": "The lowest to the highest value of random subsets of the same size: what a selection has to beat.",
    "Reference": "The set whose density and coverage count. A set may be its own reference, which NovelSum's authors "
    "advise against.",
    "Seed": "The number that fixes what is drawn at random: the same seed gives the same rows.",
    "Template": "Which columns of a row make the text that is embedded, and how.",
    "Truncated": "Cut, because a text has more tokens than the encoder reads.",
}
