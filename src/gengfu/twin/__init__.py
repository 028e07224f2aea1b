"""The digital twin: drives the real desk under a virtual clock."""
