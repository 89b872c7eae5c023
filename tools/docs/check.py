"""Check what Quarto would reject or quietly get wrong: unknown settings, labels, references,
citations, the reading order, links, the glossary. Fast; part of `make test`."""
import os
import re
import sys
from collections import Counter
from pathlib import Path

import yaml
from crossref import KINDS, cell_labels, code_span, equation, find, labels_of, name, options
from elsewhere import faults as elsewhere_faults
from pages import read

root = Path(__file__).resolve().parents[2]
nbs = root / "nbs"
directives = {"default_exp", "export", "exports", "exporti", "hide", "hide_line", "slow"}
MADE = ("gallery.qmd",) # pages that the build makes
cell_options = {"label", "fig-cap", "fig-alt", "tbl-cap", "echo", "eval", "output", "include",
                "warning", "code-fold", "code-summary", "tags"}
settings = {"project": {"type", "output-dir", "preview", "preview.port", "preview.browser",
                        "render", "resources"},
            "website": {"title", "description", "site-url", "repo-url", "repo-branch",
                        "repo-actions", "search", "page-navigation", "navbar", "navbar.search",
                        "navbar.title", "navbar.background", "sidebar", "sidebar.style",
                        "sidebar.contents", "favicon", "page-footer"},
            "format": {"html", "html.theme", "html.theme.light", "html.theme.dark", "html.toc",
                       "html.toc-depth", "html.html-math-method", "html.code-copy", "html.css",
                       "html.link-external-newwindow", "html.number-sections"},
            "execute": {"enabled"},
            "metadata-files": set(),
            "bibliography": set(),
            "link-citations": set(),
            "crossref": {f"{kind}-prefix" for kind in KINDS}}
mathematics = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$(?!\s)[^$]+?(?<!\s)\$", re.S)
delimiter = re.compile(
    r"(?:\\(?P<size>left|right|[bB]igg?)[lrm]?(?![a-zA-Z])\s*)?"
    r"(?P<sign>\\[lr](?:angle|floor|ceil|[vV]ert)\b|\\[{}|]|[()\[\]|.])")
OPENING, BARS = ("(", "[", r"\{", r"\langle", r"\lfloor", r"\lceil"), ("|", r"\|")
mention = re.compile(r"(?<![\w\\/.])@([A-Za-z][\w:-]*\w)")
list_item = re.compile(r"^(?:[*+-]|\d+[.)]) \S")


def keys(tree, prefix=""):
    "Dotted names of the settings in a tree; lists are not entered"
    for key, value in (tree or {}).items():
        yield prefix + key
        if isinstance(value, dict): yield from keys(value, f"{prefix}{key}.")


def unknown_settings(path):
    known = {*settings, *(f"{top}.{key}" for top, names in settings.items() for key in names)}
    return [f"unknown setting {key}"
            for key in keys(yaml.safe_load(path.read_text())) if key not in known]


def reading_order(chapters):
    "The sidebar holds every chapter once"
    def pages(items):
        for item in items: yield from pages(item["contents"]) if isinstance(
            item, dict) and "contents" in item else [item] if isinstance(item, str) else []
    counts = Counter(pages(
        yaml.safe_load((nbs / "sidebar.yml").read_text())["website"]["sidebar"]["contents"]))
    return ([f"{path} does not exist" for path in counts if path not in (*chapters, *MADE)] +
            [f"{path} is missing" for path in chapters if path not in counts] +
            [f"{path} stands there {k} times" for path, k in counts.items() if k > 1])


def title(cells):
    source = "".join(cells[0]["source"])
    if (cells[0]["cell_type"] != "markdown" or
        not re.match(r"# \S.*\n+> \S.*(\n\n|\n?$)", source)):
        return ["must begin with '# Title', an empty line and a summary of one line behind '>'"]
    return []


def delimiter_faults(tex):
    """Pairs of delimiters that browsers draw unequal: of two sizes, or sized one by one with
    a script after the second, which MathML then leaves as small as it was"""
    opened, faults = [], []
    for m in delimiter.finditer(tex):
        size, sign = m["size"] or "", m["sign"]
        if sign in (*BARS, ".") and not size: continue
        if size == "left": opened.append((m.start(), size, sign))
        elif size == "right":
            while opened and opened.pop()[1] != "left": pass
        elif sign in OPENING or (sign in BARS and
                                 (not opened or opened[-1][1:] != (size, sign))):
            opened.append((m.start(), size, sign))
        elif opened:
            start, first, _ = opened.pop()
            pair = tex[start:m.end()]
            if first != size: faults.append(f"delimiters of two sizes: {pair!r}")
            elif size and re.match(r"\s*[\^_]", tex[m.end():]): faults.append(
                f"sized delimiters before a script need braces around both: {{{pair}}}")
    return faults


def text_faults(text):
    "Faults of one markdown cell, code and mathematics aside"
    plain = "".join(code_span.split(text)[::2])
    faults = ["an empty line inside $$…$$"
              for m in equation.finditer(plain) if re.search(r"\n\s*\n", m["tex"])]
    faults += [f"a control character, \\t or the like, before {text[m.end():][:12]!r}"
               for m in re.finditer(r"[\x00-\x08\x0b-\x1f]|\t", text)]
    faults += [fault for m in mathematics.finditer(plain) for fault in delimiter_faults(m[0])]
    loose = mathematics.sub("", plain)
    faults += [f"{m[0]} outside $…$ is not shown"
               for m in re.finditer(r"\\(?:begin|end)\{\w+\*?\}", loose)]
    labelled = {m["label"] for m in equation.finditer(plain)}
    faults += [f"the label {m} must follow $$ on the same line"
               for m in re.findall(r"\{#(eq-[\w-]+)", plain) if m not in labelled]
    lines = text.splitlines()
    faults += [f"a box needs an empty line before it: {b[:40]!r}" for a,
               b in zip(lines, lines[1:]) if b.startswith(":::") and "{" in b and a.strip()]
    return faults + [
        f"a list needs an empty line before it: {b[:40]!r}" for a, b in zip(lines, lines[1:])
        if list_item.match(b) and a.strip() and
        not re.match(r"\s|[*+-] |\d+[.)] |```|:::", a) and b in plain and a in plain]


def slug(title):
    "The anchor that pandoc gives a heading without one of its own"
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").replace("*", "")
    return re.sub(r"^[^a-z]+", "",
                  re.sub(r"\s+", "-", re.sub(r"[^\w\s.-]", "", plain.lower()).strip()))


def anchors(cells):
    "Where a link can lead on a page: labels, and headings by their own anchor or by pandoc's"
    texts = ["".join(code_span.sub(lambda m: "" if m[0].startswith("```") else m[0], "".join(
        c["source"]))) for c in cells if c["cell_type"] == "markdown"]
    heads = [m[1] for text in texts for m in re.finditer(r"^#{1,6} +(.+?)\s*$", text, re.M)]
    own = {m for text in texts for m in re.findall(r"\{#([\w-]+)", text)}
    return (own | {slug(h) for h in heads if "{#" not in h} |
            {label for c in cells for label in cell_labels(c)})


def anchor_faults(path, nb, chapters):
    "Links of a page to places that other chapters, or the page itself, do not have"
    text = "\n".join("".join(code_span.split("".join(c["source"]))[::2])
                     for c in nb["cells"] if c["cell_type"] == "markdown")
    faults = []
    for target, place in re.findall(r"\]\(([^)#:\s]*)#([^)\s]+)\)", text):
        page = (Path(path).parent / target).as_posix() if target else path
        page = os.path.normpath(page)
        if page in chapters and place not in anchors(chapters[page]["cells"]):
            faults.append(f"{target}#{place} leads nowhere")
    return faults


def glossary_faults(nb, chapters):
    """Each row of the glossary's tables ends in a link to a chapter that exists, and that
    chapter uses the symbols, or the word, of the first column.
    That the place in the chapter exists is checked for every link."""
    faults = []
    for c in nb["cells"]:
        rows = [re.split(r"(?<!\\)\|", line)[1:-1]
                for line in "".join(c["source"]).splitlines() if line.startswith("| ")]
        for row in rows[1:] if c["cell_type"] == "markdown" else []:
            first, link = row[0].strip(), re.fullmatch(
                r"\s*\[[^\]]+\]\(([^)#]+\.ipynb)(?:#[^)]*)?\)\s*", row[-1])
            if not link or link[1] not in chapters: faults.append(
                f"the row of {first} does not end in a link to a chapter that exists")
            else:
                text = " ".join(" ".join("".join(x["source"]).split()) for x in
                                chapters[link[1]]["cells"] if x["cell_type"] == "markdown")
                faults += [f"{link[1]} does not use {what}" for what in re.findall(
                    r"\$([^$]+)\$", first) or [first] if what.lower() not in text.lower()]
    return faults


def cell_faults(source):
    "Faults of the `#|` lines of a code cell"
    opts, bare = options(source), re.findall(r"^#\| ?([\w-]+)(?![\w-]*:)", source, re.M)
    faults = ([f"unknown option #| {k}" for k in opts if k not in cell_options] +
              [f"unknown directive #| {k}" for k in bare if k not in directives])
    faults += [f"{k} cannot refer to {m}" for k in ("fig-cap", "fig-alt", "tbl-cap")
               for m in mention.findall(str(opts.get(k, "")))]
    if re.search(r"^# \|", source, re.M): faults.append("'# |…' is read as a directive")
    label = str(opts.get("label", ""))
    for kind, caption in (("fig", "fig-cap"), ("tbl", "tbl-cap")):
        if label.startswith(kind + "-") != (caption in opts):
            faults.append(f"label {kind}-… and {caption} go together")
    return faults


def page_faults(path, nb, labels, citations):
    "Faults of a notebook"
    cells, counts = nb["cells"], Counter(label for c in nb["cells"] for label in cell_labels(c))
    faults, depth = title(cells) + [f"label {label} is declared {k} times" for label,
                                    k in counts.items() if k > 1], 0
    for c in cells:
        source = "".join(c["source"])
        if c["cell_type"] == "code": faults += cell_faults(source)
        if c["cell_type"] != "markdown": continue
        faults += text_faults(source)
        plain = mathematics.sub("", "".join(code_span.split(source)[::2]))
        for word in mention.findall(re.sub(r"\]\([^)]*\)|<[^>]*>", "", plain)):
            if re.fullmatch(name, word):
                try: find(word, path, labels)
                except ValueError as error: faults.append(str(error).partition(": ")[2])
            elif word not in citations:
                faults.append(f"@{word} is neither a label nor in references.bib")
        faults += [f"{target} does not exist"
                   for target in re.findall(r"\]\(([^)#:]+\.(?:ipynb|png|svg|md))", plain)
                   if not ((nbs / path).parent / target).exists()]
        for line in plain.splitlines():
            if line.startswith(":::"):
                depth += 1 if "{" in line or re.match(r":::+ *\w", line) else -1
    return faults + (["the ::: of its boxes do not match"] if depth else [])


# figure cells whose alternative text no assert checks yet; only to be lowered
UNCHECKED_TEXTS = 0


def unchecked_texts(chapters):
    "Too many figure cells with an alternative text and no assert that checks what it claims"
    sources = [(path, "".join(c["source"])) for path,
               nb in chapters.items() for c in nb["cells"] if c["cell_type"] == "code"]
    left = Counter(path for path, s in sources if re.search(r"^#\| ?fig-alt:", s, re.M) and
                   not re.search(r"^\s*assert\b", s, re.M))
    if left.total() <= UNCHECKED_TEXTS: return []
    return [f"{left.total()} figure cells have an alternative text but no assert, "
            f"{UNCHECKED_TEXTS} are allowed: {', '.join(left)}"]


def main():
    paths = sorted(p.relative_to(nbs)
                   for p in nbs.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    chapters = {p.as_posix(): read(nbs / p) for p in paths if p.parts[0] != "tests"}
    labels = {path: labels_of(path, nb["cells"]) for path, nb in chapters.items()}
    citations = set(re.findall(r"^@\w+\{([^,\s]+),",
                               (nbs / "references.bib").read_text(), re.M))
    faults = [f"{p.relative_to(root)}: {f}" for p in (root / "_quarto.yml", nbs / "_quarto.yml",
                                                      nbs / "nbdev.yml", nbs / "sidebar.yml")
              for f in unknown_settings(p)]
    faults += [f"nbs/sidebar.yml: {f}" for f in reading_order(chapters)]
    faults += unchecked_texts(chapters)
    faults += [f"nbs/{path}: {f}" for path, nb in chapters.items() for f in
               page_faults(path, nb, labels, citations) + anchor_faults(path, nb, chapters)]
    faults += [f"nbs/{path}: {f}" for path,
               nb in chapters.items() for f in elsewhere_faults(path, nb)]
    faults += [f"nbs/glossary.ipynb: {f}"
               for f in glossary_faults(chapters["glossary.ipynb"], chapters)]
    if faults:
        print("Quarto would not take this:", *faults, sep="\n  ")
        sys.exit(1)
    print(f"site: {len(chapters)} pages, {sum(map(len, labels.values()))} labels, "
          f"{len(citations)} references, all in order")


if __name__ == "__main__": main()
