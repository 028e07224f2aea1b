"""The composition root: the one place that names capabilities and adapters."""
