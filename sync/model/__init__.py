"""The meaning of facts, cases and deadlines: pure values, standard library only."""
