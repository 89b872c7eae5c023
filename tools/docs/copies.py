"""Notebooks to take away: what only the site can show, resolved into plain markdown, and a
sentence that says where they are best read."""
import json
import re
from functools import cache

import pypandoc
from crossref import caption, declaration, equation, heading, proof, prose, resolve, statement
from elsewhere import without

fence = re.compile(r"^:::+ *(?:\{(?P<kind>[^}]*)\})?[ \t]*\n?", re.M)
citation = re.compile(
    r"\[(?P<inside>(?:[^\]\[]*?)@[a-z]+\d{4}[a-z]*[^\]]*)\](?!\()|"
    r"(?<![\w`@])@(?P<key>[a-z]+\d{4}[a-z]*)")
page_link = re.compile(r"\]\(([\w./-]+)\.(?:ipynb|qmd)(#[\w.-]+)?\)")


@cache
def literature(bib):
    "Authors and year of every entry, by its key"
    def authors(item):
        names = [a.get("family") or a.get("literal", "") for a in item.get("author", [])]
        return names[0] + " et al." if len(names) > 2 else " and ".join(names)
    def year(item): return str(item.get("issued", {}).get("date-parts", [[""]])[0][0])
    items = json.loads(pypandoc.convert_file(str(bib), "csljson", format="bibtex"))
    return {item["id"]: (authors(item), year(item)) for item in items}


def cited(text, books):
    "Citations as authors and years"
    def name(match): return " ".join(books[match[1]])
    def change(match):
        if match["key"]: return "{} ({})".format(*books[match["key"]])
        return f"({re.sub(r'-?@([a-z]+[0-9]{4}[a-z]*)', name, match['inside'])})"
    return citation.sub(change, text)


def plain(text, labels, books):
    "One markdown cell without the site's signs; references must have been resolved"
    def head(match):
        label, title = labels[match["label"]], match["name"] or match["head"]
        return f"**{label.text}{f' ({title})' if title and not label.title else ''}.** "
    def tagged(match):
        return (f"$${match['tex'].rstrip()} \\tag{{{labels[match['label']].place}}}$$"
                if match["label"] else match[0])
    def opened(match): return "**Note.** " if "callout" in (match["kind"] or "") else ""
    def change(part):
        part = proof.sub("*Proof.* ", statement.sub(head, part))
        part = caption.sub(lambda m: f"**{labels[m['label']].text}:** {m['text']}",
                           equation.sub(tagged, part))
        part = heading.sub(lambda m: m[0][:m[0].rindex("{#")].rstrip(), fence.sub(opened, part))
        return cited(re.sub(r"[ \t]*(?<=[)\]])\{[#.][^}\n]*\}", "", declaration.sub("", part)),
                     books)
    return prose(change, text)


def absolute(text, base, folder, address):
    "Links to other notebooks and to the reference as addresses of the site"
    def change(match):
        parts = [*folder, *match[1].split("/")]
        while ".." in parts:
            k = parts.index("..")
            parts = parts[:max(k - 1, 0)] + parts[k + 1:]
        return f"]({base}/{address('/'.join(parts) + '.ipynb')}{match[2] or ''})"
    return prose(lambda part: page_link.sub(change, part), text)


def copy(nb, path, labels, bib, base, address):
    "A notebook to take away"
    books, cells = literature(bib), []
    for c in nb["cells"]:
        if c["cell_type"] == "markdown":
            text = plain(resolve("".join(c["source"]), path, labels), labels[path], books)
            c = {**c, "source": absolute(text, base, path.split("/")[:-1], address)}
        cells.append(c)
    first = without("".join(cells[0]["source"])).rstrip()
    cells[0] = {
        **cells[0], "source": f"{first}\n\n*A copy of [this page]({base}/{address(path)}), "
            f"where it is best read. It runs where lipcvx is [installed]({base}/start.html).*"}
    return {**nb, "cells": cells}
