"""How passes, sums and choices are cut into pieces for an engine, and what the pieces found is put together again.

Nothing here knows Ray. The pieces run the code that one machine runs, on some of the rows.
"""
