"""The whole village in one process: real journals, lanes, gateway and county; clock, line, disk and death simulated."""
