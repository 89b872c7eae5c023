"""Run every notebook from top to bottom in a fresh kernel and compare what it prints with the
outputs committed in it.

Text must agree, up to white space and to rounding in its numbers; where a figure was, a figure
must come. A cell tagged `#| tags: [varies]`, a timing say, must run, but may print what it
likes.
Cells marked `#| slow` run with --slow only, which runs the notebooks that have some and nothing
else. With --write the outputs of a new run take the place of committed ones where these do
not agree, or where a cell had none; a notebook in which a cell fails is left as it is."""
import argparse
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from html import unescape
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

root = Path(__file__).resolve().parent.parent
# numbers agree to this part of themselves, or if both differ by less than the floor: residuals
# near zero are noise
REL, FLOOR = 1e-3, 1e-6
number = re.compile(r"(?<![\w.])[-+\u2212]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
directive = re.compile(r"^#\| ?([\w-]+)(:?)(.*)$", re.M)


def flags(source):
    """The directives of a cell: `slow` for `#| slow`, `varies` and the like for `#| tags:
    [varies]`, `skip` for `#| eval: false`"""
    found = set()
    for word, colon, rest in directive.findall(source):
        if not colon: found.add(word)
        elif word == "tags": found.update(re.findall(r"[\w-]+", rest))
        elif word == "eval" and rest.strip() == "false": found.add("skip")
    return found


def shown(output):
    """What a reader sees of one output: kind, text. A picture is there or not; of HTML the text
    counts"""
    if output["output_type"] == "stream": return output["name"], output["text"]
    if output["output_type"] == "error":
        return "error", f'{output["ename"]}: {output["evalue"]}'
    data = output["data"]
    if any(kind.startswith("image/") for kind in data): return "figure", ""
    if "text/html" in data: return "html", unescape(re.sub(r"<(style|script).*?</\1>|<[^>]*>",
                                                           " ", data["text/html"], flags=re.S))
    return "text", data.get("text/markdown", data.get("text/plain", ""))


def visible(outputs):
    """What a reader sees of a cell's outputs: pairs (kind, text), neighbours on one stream
    joined"""
    pairs = []
    for kind, text in map(shown, outputs):
        if pairs and pairs[-1][0] == kind and kind in ("stdout", "stderr"):
            pairs[-1] = kind, pairs[-1][1] + text
        else: pairs.append((kind, text))
    return pairs


def last_digit(word):
    "The unit of a printed number's last digit; zero for a whole number, which is not rounded"
    mantissa, _, exponent = word.lower().partition("e")
    return (10.0**(int(exponent or 0) - len(mantissa.partition(".")[2])) if "." in mantissa or
            exponent else 0.0)


def same_number(a, b):
    "Whether two printed numbers differ by no more than rounding"
    x, y = (float(word.replace("\u2212", "-")) for word in (a, b))
    return x == y or abs(x - y) <= max(FLOOR, REL*max(abs(x), abs(y)),
                                       1.01*max(last_digit(a), last_digit(b)))


def same_text(a, b):
    "Whether two texts agree: numbers up to rounding, words exactly, any white space"
    if " ".join(number.sub(" # ", a).split()) != " ".join(number.sub(" # ", b).split()):
        return False
    return all(map(same_number, number.findall(a), number.findall(b)))


def differences(committed, fresh):
    "Faults of a cell's committed outputs, given those of a new run; none if they match"
    old, new = visible(committed), visible(fresh)
    faults = [f"the committed output is an error: {text}" for kind,
              text in old if kind == "error"]
    if [kind for kind, _ in old] != [kind for kind, _ in new]:
        return [*faults, f"shows {[k for k, _ in old] or 'nothing'}, "
                f"a new run {[k for k, _ in new] or 'nothing'}"]
    for (_, a), (_, b) in zip(old, new):
        if not same_text(a, b):
            faults.append("\n".join(["committed (-) and new (+) output differ:", *unified_diff(
                a.splitlines(), b.splitlines(), n=0, lineterm="")][:20]))
    return faults


def environment(**more):
    """Of a kernel: this one's and `more`, with matplotlib's choice left to the kernel, which
    shows figures"""
    return {k: v for k, v in {**os.environ, **more}.items() if k != "MPLBACKEND"}


def cleaned(cell):
    "A run cell without what changes from run to run; neighbours on one stream are joined"
    cell.execution_count, outputs, cell.outputs = None, cell.outputs, []
    cell.metadata.pop("execution", None)
    for output in outputs:
        last = cell.outputs[-1] if cell.outputs else {}
        if "name" in output and last.get("name") == output["name"]:
            last["text"] += output["text"]
            continue
        cell.outputs.append(output)
        if "execution_count" in output: output["execution_count"] = None
        if "metadata" in output: output["metadata"] = {}


def run(path, slow=False, write=False, **env):
    """Run the notebook at `path` in an environment with `env`, and compare: list of faults,
    seconds; with `write` they are mended unless a cell fails"""
    start, nb, ran, failed = time.perf_counter(), nbformat.read(path, 4), [], []
    client = NotebookClient(nb, timeout=3600, kernel_name="python3", extra_arguments=[
        "--log-level=ERROR"], resources={"metadata": {"path": str(path.parent)}})
    with client.setup_kernel(env=environment(**env)):
        for i, cell in enumerate(nb.cells):
            marks = flags(cell.source)
            if cell.cell_type != "code" or "skip" in marks or ("slow" in marks and not slow):
                continue
            committed = cell.outputs
            try: client.execute_cell(cell, i)
            except CellExecutionError as error:
                failed = [f"cell {cell.id} fails:\n{error}"]
                break
            ran.append((cell, marks, committed))
    faults = []
    for cell, marks, committed in ran: # not sooner: a cell may change what an earlier one shows
        found = [] if "varies" in marks and committed else differences(committed, cell.outputs)
        faults += [f"cell {cell.id}: {fault}" for fault in found]
        cleaned(cell)
        if not found: cell.outputs = committed
    if write and faults and not failed: replace(path, nb)
    return faults + failed, time.perf_counter() - start


def replace(path, nb):
    "Write a notebook as nbdev-clean leaves it, whole or not at all"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(json.loads(nbformat.writes(nb)), indent=1, ensure_ascii=False,
                              sort_keys=True) + "\n", encoding="utf-8")
    new.replace(path)


def eligible(slow):
    "The notebooks to run; with `slow` those that have slow cells"
    paths = [p for p in sorted((root / "nbs").rglob("*.ipynb"))
             if ".ipynb_checkpoints" not in p.parts]
    return [p for p in paths if any("slow" in flags(c.source)
                                    for c in nbformat.read(p, 4).cells)] if slow else paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of nbs/")
    parser.add_argument("--slow", action="store_true", help="run slow cells too, "
                        "and by default only the notebooks that have some")
    parser.add_argument("--write", action="store_true", help="put the new outputs where the "
                        "committed ones do not agree; no notebook that fails is written")
    parser.add_argument("--workers", type=int, default=2, help="kernels at a time")
    args = parser.parse_args()
    start, paths, wrong = time.perf_counter(), args.notebooks or eligible(args.slow), 0
    with ThreadPoolExecutor(args.workers) as pool:
        for path, (faults, seconds) in zip(paths, pool.map(
                lambda path: run(path.resolve(), args.slow, args.write), paths)):
            print(f"{seconds:7.1f} s  {os.path.relpath(path, root)}", *faults,
                  sep="\n    ", flush=True)
            wrong += (bool(faults) and
                      not (args.write and not any(" fails:\n" in fault for fault in faults)))
    print(f"notebooks: {len(paths)} run in {time.perf_counter() - start:.0f} s, " +
          (f"{wrong} not as committed" if wrong else "all as committed"))
    sys.exit(wrong > 0)


if __name__ == "__main__": main()
