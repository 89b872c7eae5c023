"""Seconds until a wrong command has said what is wrong: every command of the tests, each in
a process of its own."""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lipcvx.tests.test_terminal import WRONG, wrong_files


def seconds(arguments, folder, tries=3):
    "The least of some runs, start of Python included"
    found = []
    for _ in range(tries):
        begun = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "lipcvx", *arguments], cwd=folder,
                              capture_output=True, env=os.environ)
        found.append(time.perf_counter() - begun)
        assert done.returncode == 2, arguments
    return min(found)


def main():
    "All of them, slowest first"
    with tempfile.TemporaryDirectory() as folder:
        wrong_files(Path(folder))
        rows = sorted(((seconds(a, folder), a) for a in WRONG), reverse=True)
    for s, arguments in rows[:5]: print(f"{s:.2f} s  lipcvx {' '.join(arguments)}")
    print(f"{len(rows)} wrong commands: {rows[-1][0]:.2f} to {rows[0][0]:.2f} s")


if __name__ == "__main__": main()
