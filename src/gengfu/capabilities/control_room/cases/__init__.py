"""The control room's cases: calls, incidents, units, orders, closures."""
