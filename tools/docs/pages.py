"""Notebooks as pages: what both builds do to a notebook first, and a notebook as one
markdown text."""
import ast
import base64
import html
import json
import re
from pathlib import Path

from crossref import code_span, decorate, options, resolve
from elsewhere import without

title_cell = re.compile(r"(#\s+\S[^\n]*\n+(?:>[^\n]*\n*)?)(.*)", re.S)
symbol = re.compile(r"(?<!\[)(?<!`)`([A-Za-z][\w.]*)(\([^`]*\))?`(?!`|\{|\])")
link = re.compile(r"\]\(([\w./-]+)\.(?:ipynb|qmd)(#[\w.-]+)?\)")


def read(path): return json.loads(Path(path).read_text())


def cell(kind, source):
    return {"cell_type": kind, "source": source, "metadata": {},
            **({"outputs": [], "execution_count": None} if kind == "code" else {})}


def split_title(cells):
    """The title and the summary in a cell of their own: nbdev takes both for the front matter
    and forgets the rest of their cell"""
    match = title_cell.match(without("".join(cells[0]["source"])))
    if not match: return cells
    return [cell("markdown", match[1]),
            *([cell("markdown", match[2])] if match[2].strip() else []), *cells[1:]]


def directives(source): return set(re.findall(r"^#\| ?(\w+)(?![\w-]*:)", source, re.M))


def names(source, context):
    "The names that a piece of code binds (`ast.Store`) or uses (`ast.Load`), magics left out"
    tree = ast.parse("\n".join(line
                               for line in source.splitlines() if line[:1] not in ("%", "!")))
    found = {n.id
             for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}
    if context is ast.Load: return found
    found |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    return found | {(n.asname or n.name).split(".")[0]
                    for n in ast.walk(tree) if isinstance(n, ast.alias)}


def folded(source, summary, *lost):
    "A code cell shown behind `summary`, without the lines `lost`"
    lines = [line for line in source.splitlines()
             if not (lost and re.match(rf"#\| ?({'|'.join(lost)})\b", line))]
    own = options(source)
    fold = [f"#| {k}: {v}" for k,
            v in (("code-fold", "true"), ("code-summary", json.dumps(summary))) if k not in own]
    return "\n".join(fold + lines)


def only_imports(source):
    return all(isinstance(n, (ast.Import, ast.ImportFrom)) for n in ast.parse(source).body)


def reveal(cells, use_first=False, evidence=False):
    """Code that is not the point is folded, and no code that a reader needs is hidden: the
    imports and the implementation that nbdev exports, and hidden cells that bind a name
    which shown code uses. `use_first`: all of the implementation is folded; `evidence`: all
    code"""
    wanted, shown = set(), []
    for c in reversed(cells):
        if (c["cell_type"] == "code" and
            "default_exp" not in (rules := directives(source := "".join(c["source"])))):
            opts, hidden = options(source), "hide" in rules
            hidden |= opts.get("include") is False or opts.get("echo") is False
            if rules & ({"export", "exporti"} | ({"exports"} if use_first else set())):
                source = folded(source, "Code: imports" if only_imports(source)
                                else "Code: implementation", "exports", "exporti", "export")
            elif hidden and names(source, ast.Store) & wanted:
                drawn = ("" if opts.get("echo") is False and
                         opts.get("include") is not False else "#| output: false\n")
                source = (drawn +
                          folded(source, "Code: set-up", "hide", "include", "echo", "output"))
            elif hidden: source = None
            elif evidence: source = folded(source, "Code")
            if source:
                wanted |= names(source, ast.Load)
                c = {**c, "source": source}
        shown.append(c)
    return shown[::-1]


def link_names(text, symbols, up):
    """Inline code that names something of the package (with a capital, a dot, an underscore or
    a call) as a link to its entry in the reference"""
    def to_entry(match):
        word, telling = match[1], match[2] or re.search(r"[A-Z._]", match[1])
        target = symbols.get(word)
        return f"[{match[0]}]({up}{target})" if telling and target else match[0]
    parts = re.split(r"(^```.*?^```[ \t]*$|^#[^\n]*$|\[[^\]]*\]\([^)]*\))", text,
                     flags=re.M | re.S)
    return "".join(part if i % 2 else symbol.sub(to_entry, part) for i,
                   part in enumerate(parts))


def prepare(nb, here, labels, symbols, native, use_first=False):
    """The notebook with references and names resolved and a link to itself; `native`: for
    Quarto, which numbers what is within the page"""
    up = "../" * here.count("/")
    cells = reveal(split_title(nb["cells"]), use_first, here.startswith("experiments/"))
    for c in cells[1:]:
        if c["cell_type"] == "markdown":
            c["source"] = link_names(resolve("".join(c["source"]), here, labels, native),
                                     symbols, up)
    if here != "index.ipynb" and any(c["cell_type"] == "code" for c in cells):
        cells.insert(1, cell("markdown", f'::: {{.run-notebook}}\n<a href="{up}notebooks/{here}'
                             '" download>Run this notebook</a>\n:::'))
    return {**nb, "cells": cells}


def fenced(text, kind=""):
    "A code block that survives backticks in its text"
    ticks = "`" * max([3, *(len(m) + 1 for m in re.findall(r"`{3,}", text))])
    return f"{ticks}{f' {{{kind}}}' if kind else ''}\n{text.rstrip()}\n{ticks}"


def printed(text): return f"::: {{.output}}\n{fenced(text)}\n:::" if text.strip() else ""


def image(output, folder, n, stem):
    "The picture of an output written to a file, its name; none if it has no picture"
    data = output.get("data", {})
    kind = next((k for k in ("image/svg+xml", "image/png", "image/jpeg") if k in data), None)
    if kind is None: return None
    body = "".join(data[kind])
    file = folder / f"{stem}_files" / f"{n}.{kind.split('/')[1].split('+')[0]}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body.encode() if kind == "image/svg+xml" else base64.b64decode(body))
    return f"{stem}_files/{file.name}"


def shown(output, asis):
    "An output without a picture as markdown"
    if output["output_type"] == "error":
        return printed(f"{output['ename']}: {output['evalue']}")
    if output["output_type"] == "stream":
        text = "".join(output["text"])
        return text if asis else printed(text)
    data = output["data"]
    if "application/vnd.jupyter.widget-view+json" in data: return "" # a progress bar
    if "text/markdown" in data: return "".join(data["text/markdown"])
    if "text/html" in data:
        return "::: {.html-output}\n" + fenced("".join(data["text/html"]), "=html") + "\n:::"
    if "text/latex" in data: return "".join(data["text/latex"])
    return printed("".join(data.get("text/plain", "")))


def breadth(output):
    "How wide a PNG is shown: as its figure is, which has half the pixels. An SVG says its own"
    data = output.get("data", {})
    said = re.search(r"Figure size (\d+)x", "".join(data.get("text/plain", "")))
    return f" width={said[1]}" if said and "image/png" in data else ""


def figure(file, opts, labels, width=""):
    "A picture, with number and caption where the cell has them"
    label, alt = (opts.get("label", ""),
                  html.escape(str(opts.get("fig-alt") or opts.get("fig-cap") or "")))
    if not opts.get("fig-cap"): return f'[![]({file}){{alt="{alt}"{width}}}]{{.picture}}'
    number = f"[{labels[label].text}:]{{.head}} " if label in labels else ""
    return (f'![{number}{opts["fig-cap"]}]({file}){{{f"#{label} " if label in labels else ""}'
            f'alt="{alt}"{width}}}')


def captioned(blocks, opts, labels):
    "A table that comes out of a cell, with its number and caption"
    label = opts.get("label", "")
    if not (label.startswith("tbl-") and blocks): return blocks
    return [f"::: {{#{label} .table}}\n[[{labels[label].text}:]{{.head}} "
            f"{opts.get('tbl-cap', '')}]{{.caption}}", *blocks, ":::"]


def code_cell(c, folder, stem, labels, n):
    "The blocks of a code cell: its code if shown, and its outputs"
    source, opts = "".join(c["source"]), options("".join(c["source"]))
    code = "\n".join(line for line in source.splitlines() if not line.startswith("#|")).strip(
        "\n")
    if opts.get("include") is False: return []
    block = fenced(code, ".python .cell") if code and opts.get("echo") is not False else ""
    if block and opts.get("code-fold") in (True, "show"):
        block = (
            f"<details class=\"code\"{' open' if opts['code-fold'] == 'show' else ''}"
            f"><summary>{opts.get('code-summary', 'Code')}</summary>\n\n{block}\n\n</details>")
    if opts.get("output") is False: return [block]
    results = []
    for k, out in enumerate(c.get("outputs", [])):
        if out.get("name") == "stderr": continue
        file = image(out, folder, f"{n}-{k}", stem)
        results.append(figure(file, opts, labels, breadth(out))
                       if file else shown(out, opts.get("output") == "asis"))
    return [block, *captioned(results, opts, labels)]


def html_links(text):
    """Links between notebooks as links between pages: the number in front of a notebook's name
    is not in the address"""
    def address(match):
        folder, _, stem = match[1].rpartition("/")
        return (f"]({folder + '/' if folder else ''}{re.sub(r'^[0-9_]+', '', stem) or stem}"
                f".html{match[2] or ''})")
    return "".join(part if i % 2 else link.sub(address, part) for i,
                   part in enumerate(code_span.split(text)))


def markdown(nb, folder, stem, labels):
    "A processed notebook as one markdown text; its pictures go to `folder`"
    blocks = []
    for n, c in enumerate(nb["cells"]):
        source = "".join(c["source"])
        if c["cell_type"] == "markdown": blocks.append(decorate(html_links(source), labels))
        elif c["cell_type"] == "code": blocks += code_cell(c, folder, stem, labels, n)
        elif source.startswith("---"): blocks.append(source.strip())
    return "\n\n".join(filter(None, blocks)) + "\n"
