"""Adapters: what the kernel and capabilities reach the world through."""
