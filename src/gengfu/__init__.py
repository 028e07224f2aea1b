"""Gengfu: the open operations system for city safety."""
