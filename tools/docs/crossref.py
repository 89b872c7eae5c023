"""Labels, numbers and references, with Quarto's syntax and Quarto's numbering: labelled
things of a kind are counted page by page."""
import re
from dataclasses import dataclass

import yaml

KINDS = {"eq": "Equation", "fig": "Figure", "tbl": "Table", "thm": "Theorem", "lem": "Lemma",
         "cor": "Corollary", "prp": "Proposition", "cnj": "Conjecture", "def": "Definition",
         "exm": "Example", "exr": "Exercise", "sec": "Section"}
STATEMENTS = ("thm", "lem", "cor", "prp", "cnj", "def", "exm", "exr")
_kind = "|".join(KINDS)
name = rf"(?:{_kind})-[\w-]*\w"
code_span = re.compile(r"(^```.*?^```[ \t]*$|`+[^`]+`+)", re.M | re.S)
heading = re.compile(r"^#+ (.*?)\s*\{#([\w-]+)[^}]*\}\s*$", re.M)
declaration = re.compile(rf"\{{#({name})[^}}]*\}}")
reference = re.compile(rf"\[(-?)@({name})\]|(?<![\w\\])(-?)@({name})")
equation = re.compile(r"\$\$(?P<tex>.+?)\$\$(?:[ \t]*\{#(?P<label>eq-[\w-]+)\})?", re.S)
statement = re.compile(
    rf'^(?P<colons>:::+) *\{{#(?P<label>(?:{"|".join(STATEMENTS)})-[\w-]+)(?: '
    rf'name="(?P<name>[^"]*)")?[^}}]*\}}\s*\n+(?:#+ (?P<head>.+?)\s*\n+)?', re.M)
proof = re.compile(r"^(?P<colons>:::+) *\{\.proof\}\s*\n+", re.M)
caption = re.compile(r"^: (?P<text>.*?) *\{#(?P<label>tbl-[\w-]+)[^}]*\}[ \t]*$", re.M)


@dataclass(frozen=True)
class Label:
    "Something that can be referred to"
    name: str
    page: str # the file that declares it, relative to the notebooks' folder
    number: int # its place among those of its kind on the page
    # the heading's text of a section, the name of a statement that has one of its own ("Theorem
    # A"); else empty
    title: str

    @property
    def kind(self): return self.name.split("-")[0]
    @property
    def place(self):
        "Its number, after that of its chapter where the page has one: 20.3"
        chapter = re.match(r"(\d+)_", self.page.rpartition("/")[2])
        return f"{int(chapter[1])}.{self.number}" if chapter else str(self.number)
    @property
    def text(self): return self.title or f"{KINDS[self.kind]}\u00a0{self.place}"


def prose(change, text):
    "`text` with `change` applied to what is not code"
    return "".join(part if i % 2 else change(part) for i,
                   part in enumerate(code_span.split(text)))


def options(source):
    """The `#|` lines at the top of a code cell, as a dictionary; nbdev's directives, which have
    no colon, are left out"""
    lines = [m[1] for m in re.finditer(r"^#\| ?(.*)$", source, re.M)]
    return yaml.safe_load("\n".join(line for line in lines if ":" in line or
                                    line.startswith(" "))) or {}


def cell_labels(cell):
    "The labels a cell declares, in order"
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return declaration.findall(prose(str, "".join(code_span.split(source)[::2])))
    label = options(source).get("label", "") if cell["cell_type"] == "code" else ""
    return [label] if re.fullmatch(name, label) else []


def labels_of(page, cells):
    "All labels of a page, by name"
    titles = {m[2]: m[1] for c in cells if c["cell_type"] == "markdown"
                  for m in heading.finditer("".join(c["source"]))}
    titles |= {m["label"]: m["head"].replace(" ", "\u00a0") for c in cells if c["cell_type"] ==
                   "markdown" for m in statement.finditer("".join(c["source"]))
                   if re.fullmatch(r"Theorem [A-Z]", m["head"] or "")}
    counts, found = dict.fromkeys(KINDS, 0), {}
    for label in (label for cell in cells for label in cell_labels(cell)):
        kind = label.split("-")[0]
        counts[kind] += 1
        found[label] = Label(label, page, counts[kind], titles.get(label, "")
                             if kind == "sec" or kind in STATEMENTS else "")
    return found


def find(label, here, labels):
    "The label meant on the page `here`: its own, or else the only one of that name on the site"
    found = [page[label] for page in labels.values() if label in page]
    found = [x for x in found if x.page == here] or found
    if len(found) != 1: raise ValueError(
        f"{here}: @{label} is declared on {len(found) or 'no'} "
        f"page{'s' * (len(found) > 1)}{', and not on this one' * (len(found) > 1)}")
    return found[0]


def resolve(text, here, labels, native=False):
    """References as links. `labels`: all labels of the site by page; `native` leaves to Quarto
    what it can do, those within the page"""
    def link(match):
        found = find(match[2] or match[4], here, labels)
        if native and found.page == here and found.kind != "sec": return match[0]
        target = "" if found.page == here else "../" * here.count("/") + found.page
        return f"[{found.place if match[1] or match[3] else found.text}]({target}#{found.name})"
    return prose(lambda part: reference.sub(link, part), text)


def decorate(text, labels):
    """Numbers at equations, heads at statements and proofs, numbers at table captions: what
    Quarto adds by itself"""
    def head(match):
        title, label = match["name"] or match["head"], labels[match["label"]]
        if label.title: title = ""
        return (f'{match["colons"]} {{#{match["label"]} '
                f'.statement}}\n[{label.text}{f" ({title})" if title else ""}.]{{.head}} ')
    def tag(match):
        label = match["label"]
        return (f"[$${match['tex'].strip()}$$ [({labels[label].place})]{{.number}}]{{#{label} "
                f".equation}}" if label else f"[$${match['tex'].strip()}$$]{{.equation}}")
    def change(part):
        part = statement.sub(head, part)
        part = proof.sub(lambda m: f"{m['colons']} {{.proof}}\n*Proof.* ", part)
        return caption.sub(lambda m: f": [{labels[m['label']].text}:]{{.head}} {m['text']} "
                           f"{{#{m['label']}}}", part)
    return prose(lambda part: equation.sub(tag, change(part)), text)


def address(path):
    "The page of a notebook or a reference text, relative to the site; as nbdev names it"
    folder, _, file = path.rpartition("/")
    return ((folder + "/" if folder else "") +
            re.sub(r"^\d+[a-z0-9]*_", "", file.lower()).rsplit(".", 1)[0] + ".html")
