"""What a capability may show or accept."""
