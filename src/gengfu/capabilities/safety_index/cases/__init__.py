"""Cases of the safety index: publications, signals, escalations, evaluations."""
