"""How the chapters read, in numbers: cells, exported cells, their median and longest length,
how many ideas are shown at work, the longest line of code.

python tools/style.py            a line a chapter, and the whole
python tools/style.py --long     every line of code that is too long, with its cell
"""
import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median

root = Path(__file__).resolve().parent.parent
# characters of a line; lines of an exported cell; their median; exports before something is
# shown
WIDTH, LONGEST, MEDIAN, SHOWN = 96, 40, 15, 3
DIRECTIVES = ("#|", "# https:", "# http:")


@dataclass
class Chapter:
    "What is counted of a notebook"
    path: Path
    cells: int
    exports: list # lines of each exported cell
    runs: list # exported cells in a row, before one that shows something
    lines: list # (cell, line) that are too long

    @property
    def shown(self):
        "Share of ideas that are followed by a cell that shows something"
        return sum(r <= SHOWN for r in self.runs)/max(len(self.runs), 1)


def code_lines(source):
    "Lines of a cell without directives and empty ones"
    return [s for s in source.splitlines() if s.strip() and not s.startswith("#|")]


def is_export(source):
    return any(s.startswith(("#| export", "#|export")) for s in source.splitlines())


def too_long(line):
    return len(line) > WIDTH and not line.lstrip().startswith(DIRECTIVES) and "://" not in line


def chapter(path):
    "The counts of one notebook"
    exports, runs, lines, run = [], [], [], 0
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for c in cells:
        source = "".join(c["source"])
        if c["cell_type"] != "code": continue
        lines += [(c.get("id"), s) for s in source.splitlines() if too_long(s)]
        code = code_lines(source)
        if is_export(source):
            imports = all(s.startswith(("import ", "from ", " ", ")", "#")) for s in code)
            if code and not imports:
                exports.append(len(code))
                run += 1
        elif c["outputs"] and run: runs.append(run); run = 0
    if run: runs.append(run)
    return Chapter(path, len(cells), exports, runs, lines)


def chapters():
    "All chapters that export, tests apart"
    return [chapter(p) for p in sorted((root/"nbs").rglob("*.ipynb")) if "tests" not in p.parts]


def main():
    parse = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--long", action="store_true")
    args = parse.parse_args()
    found = chapters()
    if args.long:
        for c in found:
            for cell, line in c.lines:
                print(f"{c.path.name} {cell} {len(line)}: {line.strip()[:110]}")
        return
    print(f"{'chapter':28s}{'cells':>6s}{'exports':>8s}{'median':>7s}{'longest':>8s}"
          f"{'shown':>7s}{'too long':>9s}")
    for c in found:
        sizes = (f"{median(c.exports):7.0f}{max(c.exports):8d}{c.shown:7.0%}"
                 if c.exports else f"{'–':>7s}{'–':>8s}{'–':>7s}")
        print(f"{c.path.stem:28s}{c.cells:6d}{len(c.exports):8d}{sizes}{len(c.lines):9d}")
    every = [n for c in found for n in c.exports]
    runs = [r for c in found for r in c.runs]
    print(f"\n{len(found)} notebooks, {len(every)} exported cells, median {median(every):g} "
          f"lines, longest {max(every)}, " f"{sum(n > LONGEST for n in every)} above "
          f"{LONGEST}; {sum(r <= SHOWN for r in runs)/len(runs):.0%} of the ideas shown; "
          f"{sum(len(c.lines) for c in found)} lines of code over {WIDTH} characters")


if __name__ == "__main__": main()
