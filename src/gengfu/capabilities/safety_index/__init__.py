"""How safe is my street: the index, early signals, evaluation, what residents read."""
