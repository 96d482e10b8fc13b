"""Records and how they travel: model, journal, protocol, and both ends of the pipe."""
