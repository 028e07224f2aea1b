"""Rules of the safety index: pure, from counts and configuration to a publication."""
