"""The technician's tool: set up, enrol, self-test, run."""
