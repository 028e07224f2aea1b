"""Capabilities: one folder each, installed by one line in the composition root."""
