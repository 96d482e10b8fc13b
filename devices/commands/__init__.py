"""The technician's commands, one module each: `add` describes it to argparse, and what it runs returns the exit code.

Exit codes: 0 all is well, 1 a device is absent, at fault, silent or nothing was printed, 2 the command or
the configuration makes no sense, 3 it is not known whether the slip was printed.
"""

OK, NOT_WELL, REFUSED, NOT_KNOWN = 0, 1, 2, 3


class CommandRefused(Exception):
    """The command cannot be carried out as it was given; the text says why."""
