"""The API reference: one page a module, from signatures, docstrings and the comments that stand beside parameters and fields."""
import importlib
import inspect
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

from fastcore.docments import docments


def modules(package):
    "The public modules of the package that have public names, in the order of their notebooks"
    found = []
    for path in Path(package.__file__).parent.glob("[!_]*.py"):
        source = re.search(r"File to edit: \.\./nbs/(.*?)\.$", path.read_text(), re.M)
        module = importlib.import_module(f"{package.__name__}.{path.stem}")
        if source and getattr(module, "__all__", None): found.append((source[1], module))
    return sorted(found, key=lambda pair: pair[0])


def anchor(title): return re.sub(r"[^\w-]", "-", title)


def members(cls):
    "The public methods and properties a class defines itself and says something about, as functions"
    found = {k: getattr(v, "fget", None) or getattr(v, "__func__", v) for k, v in vars(cls).items() if not k.startswith("_")}
    return {k: v for k, v in found.items() if inspect.isfunction(v) and v.__doc__}


def entries(module):
    "Title and object of everything on the page, classes followed by their members"
    for key in module.__all__:
        thing = getattr(module, key)
        yield key, thing
        if inspect.isclass(thing): yield from ((f"{key}.{k}", v) for k, v in members(thing).items())


def symbols(pages):
    "What inline code may be linked to: a name, with or without its module -> address"
    found = {}
    for _, module in pages:
        short = module.__name__.split(".")[-1]
        for title, _ in entries(module): found[title] = found[f"{short}.{title}"] = f"reference/{short}.qmd#{anchor(title)}"
    return found


def typed(annotation):
    "An annotation as text"
    return "" if annotation in (None, type(None), inspect.Parameter.empty) else inspect.formatannotation(annotation).replace(" | ", " or ")


def default(value):
    "A default as text; functions by name"
    if value is inspect.Parameter.empty or repr(value) == "<factory>": return ""
    return f"`{getattr(value, '__name__', None) or repr(value)}`"


def is_public(key, comment): return key not in ("self", "cls") and (comment.docment or comment.anno is not inspect.Parameter.empty)


def table(thing):
    "Parameters, or the fields of a dataclass, and what comes back"
    if is_dataclass(thing) and not fields(thing): return ""
    comments = docments(thing, full=True, returns=True)
    back = comments.pop("return", None)
    names = {f.name for f in fields(thing)} if is_dataclass(thing) else set(comments)
    rows = [(f"`{k}`", f"`{typed(c.anno)}`" if typed(c.anno) else "", default(c.default), c.docment or "") for k, c in comments.items()
            if k in names and is_public(k, c)]
    if back is not None and not inspect.isclass(thing) and (back.docment or typed(back.anno)):
        rows.append(("**returns**", f"`{typed(back.anno)}`" if typed(back.anno) else "", "", back.docment or ""))
    if not rows: return ""
    cells = ["| " + " | ".join(c.replace("\n", " ") for c in row) + " |" for row in rows]
    return "\n".join(["| name | type | default | meaning |", "|:---|:---|:---|:-------|", *cells])


def signature(title, thing):
    "The call, without annotations: those are in the table"
    try: sig = inspect.signature(thing)
    except (TypeError, ValueError): return title
    bare = [p.replace(annotation=p.empty) for p in sig.parameters.values() if p.name not in ("self", "cls")]
    return title + str(sig.replace(parameters=bare, return_annotation=sig.empty)).replace("<factory>", "…")


def method_table(title, cls):
    "Members a line each: the call, linked to by its name, and what it does"
    calls = {k: signature(k, v) if isinstance(vars(cls)[k], (classmethod, staticmethod)) or inspect.isfunction(vars(cls)[k]) else k for k, v in members(cls).items()}
    rows = [f"| [`{calls[k]}`]{{#{anchor(f'{title}.{k}')}}} | {about(v)} |" for k, v in members(cls).items()]
    return "\n".join(["| method | |", "|:-----|:--------|", *rows]) if rows else ""


def about(function):
    "Docstring and parameter comments on one line"
    comments = {k: c.docment for k, c in docments(function, full=True, returns=True).items() if c.docment}
    notes = "; ".join(f"`{k}` {v}" if k != "return" else f"returns {v}" for k, v in comments.items())
    return (" ".join(inspect.getdoc(function).split()) + (f" ({notes})" if notes else "")).replace("|", "\\|")


def entry(title, thing):
    "One name of a module as markdown"
    if not callable(thing): return f"## `{title}` {{#{anchor(title)}}}\n\n`{thing!r}`"
    parts = [f"## `{title}` {{#{anchor(title)}}}", f"```python\n{signature(title, thing)}\n```", inspect.getdoc(thing), table(thing),
             method_table(title, thing) if inspect.isclass(thing) else ""]
    return "\n\n".join(filter(None, parts))


def page(notebook, module, order):
    "The page of a module, as Quarto markdown"
    head = f"---\ntitle: {module.__name__}\norder: {order}\n---"
    origin = f"{inspect.getdoc(module)}\n\nDerived, written and checked in [its chapter](../{notebook})."
    return "\n\n".join([head, origin, *(entry(key, getattr(module, key)) for key in module.__all__)]) + "\n"
