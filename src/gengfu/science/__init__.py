"""Pure numerics: roads, coverage, statistics. Imports nothing of ours."""
