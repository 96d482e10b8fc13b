"""The attacks of the threat model, each on a small honest village, each with the outcome that the model states."""
