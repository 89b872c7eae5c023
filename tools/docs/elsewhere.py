"""A viewer of notebooks shows boxes and references as raw signs: the first cell says where to
read them.

`python tools/docs/elsewhere.py` writes the sentence, docs-check asks for it."""
import json
import re
from pathlib import Path

from crossref import address, code_span

nbs = Path(__file__).resolve().parents[2] / "nbs"
raw = re.compile(r"^:::|(?<![\w\\/.`])@[A-Za-z][\w:-]*\w|\{#[a-z]+-", re.M)
sentence = re.compile(r"\n+\*Boxes and references show \[on the site\]\([^)]*\)\.\*\n*")
SITE = "https://lipcvx.github.io/lipcvx"


def told(path):
    "The sentence of the notebook at `path`"
    return f"*Boxes and references show [on the site]({SITE}/{address(path)}).*"


def has_raw_signs(nb):
    "Whether any markdown cell, code aside, holds signs that only the site resolves"
    texts = ("".join(c["source"]) for c in nb["cells"] if c["cell_type"] == "markdown")
    return any(raw.search("".join(code_span.split(text)[::2])) for text in texts)


def without(text):
    return sentence.sub("\n\n", text).rstrip("\n") if sentence.search(text) else text


def faults(path, nb):
    "A sentence that is missing, wrong, or not needed"
    first, wanted = "".join(nb["cells"][0]["source"]), has_raw_signs(nb)
    right = told(path) in first if wanted else not sentence.search(first)
    say = "the first cell must say where its boxes and references show"
    return [] if right else [f"{say}: python tools/docs/elsewhere.py"]


def put(path, nb):
    "The notebook with the sentence after its summary, where it is needed"
    first = without("".join(nb["cells"][0]["source"]))
    if has_raw_signs(nb):
        title, summary, rest = re.fullmatch(r"(#[^\n]*\n+)(>[^\n]*)(.*)", first, re.S).groups()
        rest = f"\n\n{rest.strip()}" if rest.strip() else ""
        first = f"{title}{summary}\n\n{told(path)}{rest}"
    nb["cells"][0]["source"] = first.splitlines(True)


def main():
    for file in sorted(nbs.rglob("*.ipynb")):
        path, nb = file.relative_to(nbs).as_posix(), json.loads(file.read_text())
        if path.startswith("tests/") or ".ipynb_checkpoints" in path: continue
        if not faults(path, nb): continue
        put(path, nb)
        file.write_text(json.dumps(nb, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__": main()
