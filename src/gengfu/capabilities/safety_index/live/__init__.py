"""The running part of the safety index: what is published, and who checks signals."""
