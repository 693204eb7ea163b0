"""How a p-value is shown: in figures, in tables and in the terminal alike."""


def p_in_words(p: float) -> str:
    """A p-value in three figures, as it is shown everywhere; two figures would show 0.0104 as the level itself.

    >>> p_in_words(0.00002), p_in_words(0.0104), p_in_words(1.0)
    ('< 0.001', '0.0104', '1')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3g}"
