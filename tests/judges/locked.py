"""`python tests/judges/locked.py REQUIREMENTS`: print them as a lock with hashes, for Python 3.13 on Linux.

With `--target` in place of a file, print what tells pip to install for that Python.

pip-compile locks for the Python that runs it; pip itself can resolve for another one, and reports what it would
install. Standard library only.
"""

from __future__ import annotations

import json
import subprocess
import sys

TARGET = (
    "--python-version", "3.13", "--implementation", "cp", "--abi", "cp313", "--only-binary=:all:",
    "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64",
)  # fmt: skip
HEAD = "# Made by `make lock`, for Python 3.13 on x86-64. By hand: nothing.\n"


def main(arguments: list[str]) -> int:
    """Resolve the file named on the command line."""
    if arguments == ["--target"]:
        print(*TARGET)
        return 0
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-",
        "--target", "nowhere", *TARGET, "-r", arguments[0],
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        return done.returncode
    pins = [
        f"{each['metadata']['name'].lower()}=={each['metadata']['version']} \\\n"
        f"    --hash=sha256:{each['download_info']['archive_info']['hashes']['sha256']}\n"
        for each in json.loads(done.stdout)["install"]
    ]
    print(HEAD + "".join(sorted(pins)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
