"""The USB road as a program: for a technician at the machine, and for a terminal whose screen does not run."""
