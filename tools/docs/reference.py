"""The API reference: one page a module, from signatures, docstrings and the comments that
stand beside parameters and fields."""
import importlib
import inspect
import re
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path

from fastcore.docments import docments

# Python reads and parses a whole module to find one class in it: once for each of them
inspect.getsourcelines = cache(inspect.getsourcelines)

# What users call, module by module, in the order in which they come to need it. Everything else
# of a module follows as its parts.
CALLED = {
    "estimators": "LipschitzRegressor LipschitzClassifier LipschitzRegressorCV "
        "LipschitzClassifierCV",
    "training": "fit postprocess fit_constrained regularization_path train_adam "
        "train_adversarial train_on_objective",
    "program": "Program make_loss make_penalty Local LocalMean LocalOnPatterns",
    "result": "Solution Status DualBound dual_bound check_kkt verified_status",
    "network": "ShallowNet average",
    "models": "as_network",
    "torchtools": "postprocess_module ModuleResult to_onnx",
    "lipschitz": "bound make_bound",
    "rounding": "LipschitzBound Verification",
    "certify": "robustness certified_accuracy certified_radius certified_margins certificates "
        "margin_attack Table make_table",
    "attack": "pgd fgsm worst_case output_range range_under",
    "exact": "lipschitz_constant maximize",
    "conformal": "intervals calibrate Calibrated interval_attack",
    "selection": "robust_settings select",
    "certified": "train_certified",
    "robust": "robust_step certified_loss certified_losses",
    "distill": "distill noisy_copies",
    "globalopt": "global_bound fit_by_reduction GlobalBound",
    "shape": "Shape slope_range shape_of",
    "threat": "Threat make_threat box_threat",
    "rows": "as_rows Rows",
    "data": "load split Scaler Dataset",
    "tables": "read_table write_table",
    "tablemodel": "load_model TableModel load_report",
    "certificate": "make_certificate slope_certificate interval_certificate radius_certificate "
        "save_certificate certificate_schema",
    "verify": "verify check read_certificate main",
    "rational": "verify_exact exact_lipschitz exact_slopes exact_intervals exact_radii main",
    "embed": "optimize Row Optimum formulate to_cvxpy to_pyomo to_sklearn to_omlt to_vnnlib",
    "chip": "to_c verify_c CModel",
    "plot": "plot_band plot_tradeoff plot_path plot_change plot_perturbations plot_network "
        "plot_pairs plot_intervals",
    "restriction": "Restriction solve_restriction is_realizable realizable_patterns",
    "weightfiles": "load_network",
    "cli": "main"}
RAW = re.compile(
    r"<(?:function|class|module|bound method|built-in|[\w.]+ object)\b[^>]*|\bat 0x[0-9a-f]+")


def modules(package):
    """The public modules of the package that have public names: first those that users call,
    then the others in the order of their notebooks"""
    found, folder = [], Path(package.__file__).parent
    for path in folder.rglob("*.py"):
        source = re.search(r"File to edit: (?:\.\./)+nbs/(.*?)\.$", path.read_text(), re.M)
        if not source or path.stem == "__main__" or "tests" in path.parts: continue
        inside = path.relative_to(folder.parent).with_suffix("").parts
        name = ".".join(part for part in inside if part != "__init__")
        module = importlib.import_module(name)
        if getattr(module, "__all__", None): found.append((source[1], module))
    order = list(CALLED)
    def place(pair):
        return order.index(short(pair[1])) if short(pair[1]) in CALLED else len(order)
    return sorted(found, key=lambda pair: (place(pair), pair[0]))


def short(module): return module.__name__.split(".")[-1]


def called(module): return CALLED.get(short(module), "").split()


def ordered(module):
    "The names of a module, those that users call first"
    return [*called(module), *(key for key in module.__all__ if key not in called(module))]


def anchor(title): return re.sub(r"[^\w-]", "-", title)


def ours(cls):
    "A class and those of the package that it is made of, the most general first"
    return [c for c in reversed(cls.__mro__) if c.__module__.startswith("lipcvx")]


def members(cls):
    """The public methods and properties that a class, or one it is made of, defines
    and says something about, as functions"""
    found = {k: getattr(v, "fget", None) or getattr(v, "__func__", v)
             for k, v in defined(cls).items() if not k.startswith("_")}
    return {k: v for k, v in found.items() if inspect.isfunction(v) and v.__doc__}


def defined(cls):
    "What a class and those of the package that it is made of define"
    return {k: v for part in ours(cls) for k, v in vars(part).items()}


def entries(module):
    "Title and object of everything on the page, classes followed by their members"
    for key in ordered(module):
        thing = getattr(module, key)
        yield key, thing
        if inspect.isclass(thing):
            yield from ((f"{key}.{k}", v) for k, v in members(thing).items())


def symbols(pages):
    "What inline code may be linked to: a name, with or without its module -> address"
    found = {}
    for _, module in pages:
        name = short(module)
        for title, _ in entries(module):
            found[title] = found[f"{name}.{title}"] = f"reference/{name}.qmd#{anchor(title)}"
    return found


def typed(annotation):
    "An annotation as text"
    return ("" if annotation in (None, type(None), inspect.Parameter.empty)
            else inspect.formatannotation(annotation).replace(" | ", " or "))


def written(value):
    """A value as text: functions, classes and modules by name, long things and those without a
    text of their own by their kind"""
    name = getattr(value, "__name__", None)
    if name is not None: return "a function" if name == "<lambda>" else name
    if isinstance(value, dict) and RAW.search(repr(value)):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (tuple, list, set, frozenset)) and RAW.search(repr(value)):
        return "(" + ", ".join(map(written, value)) + ")"
    text = repr(value)
    return f"a {type(value).__name__}" if RAW.search(text) else text


class Written:
    "A value whose representation is what the reference says of it"
    def __init__(self, value): self.value = value
    def __repr__(self): return "…" if repr(self.value) == "<factory>" else written(self.value)


def default(value):
    "A default as text"
    return ("" if value is inspect.Parameter.empty or
            repr(value) == "<factory>" else f"`{written(value)}`")


def is_public(key, comment):
    return (key not in ("self", "cls") and
            (comment.docment or comment.anno is not inspect.Parameter.empty))


def table(thing):
    "Parameters, or the fields of a dataclass, and what comes back"
    if is_dataclass(thing) and not fields(thing): return ""
    comments = docments(thing, full=True, returns=True)
    if is_dataclass(thing): # what a field means stands where it is defined
        for k, said in (kv for c in ours(thing) for kv in docments(c).items()):
            if k in comments and said: comments[k].docment = said
    back = comments.pop("return", None)
    names = {f.name for f in fields(thing)} if is_dataclass(thing) else set(comments)
    rows = [(f"`{k}`", f"`{typed(c.anno)}`" if typed(c.anno) else "", default(c.default),
             c.docment or "") for k, c in comments.items() if k in names and is_public(k, c)]
    if back is not None and not inspect.isclass(thing) and (back.docment or typed(back.anno)):
        rows.append(("**returns**", f"`{typed(back.anno)}`" if typed(back.anno) else "", "",
                     back.docment or ""))
    if not rows: return ""
    cells = ["| " + " | ".join(c.replace("\n", " ") for c in row) + " |" for row in rows]
    return "\n".join(["| name | type | default | meaning |",
                      "|:---|:---|:---|:-------|", *cells])


def signature(title, thing):
    "The call, without annotations: those are in the table"
    try: sig = inspect.signature(thing)
    except (TypeError, ValueError): return title
    bare = [p.replace(annotation=p.empty, default=p.default
                      if p.default is p.empty else Written(p.default))
            for p in sig.parameters.values() if p.name not in ("self", "cls")]
    return title + str(sig.replace(parameters=bare, return_annotation=sig.empty))


def method_table(title, cls):
    "Members a line each: the call, linked to by its name, and what it does"
    calls = {k: signature(k, v) if isinstance(defined(cls)[k], (classmethod, staticmethod)) or
                 inspect.isfunction(defined(cls)[k]) else k for k, v in members(cls).items()}
    rows = [f"| [`{calls[k]}`]{{#{anchor(f'{title}.{k}')}}} | {about(v)} |" for k,
            v in members(cls).items()]
    return "\n".join(["| method | |", "|:-----|:--------|", *rows]) if rows else ""


def about(function):
    "Docstring and parameter comments on one line"
    comments = {k: c.docment for k,
                c in docments(function, full=True, returns=True).items() if c.docment}
    notes = "; ".join(f"`{k}` {v}" if k != "return" else f"returns {v}" for k,
                      v in comments.items())
    text = inspect.getdoc(function) + (f" ({notes})" if notes else "")
    return " ".join(text.split()).replace("|", "\\|")


def first_sentence(thing):
    "What something is, in its first sentence"
    text = " ".join((inspect.getdoc(thing) or "").split()) if callable(thing) else ""
    return re.split(r"(?<=[.;:])\s|(?<=\))\.", text)[0].rstrip(".;:").replace("|", "\\|")


def source(module, thing, repo):
    """The line of the repository where something of the module begins; none for what is not
    written in it"""
    try: lines, start = inspect.getsourcelines(inspect.unwrap(thing))
    except (TypeError, OSError): return ""
    if inspect.getsourcefile(inspect.unwrap(thing)) != module.__file__: return ""
    file = module.__name__.replace(".", "/") + "/__init__"*hasattr(module, "__path__")
    return f"{repo}/blob/main/{file}.py#L{start}"


def entry(title, thing, module, notebook, repo, level=2):
    "One name of a module as markdown"
    head = f"{'#' * level} `{title}` {{#{anchor(title)}}}"
    if not callable(thing): return f"{head}\n\n{fence(written(thing))}"
    line = source(module, thing, repo)
    links = f"[Source]({line}) · [chapter](../{notebook})" if line else ""
    parts = [head, f"```python\n{signature(title, thing)}\n```", inspect.getdoc(thing), links,
             table(thing), method_table(title, thing) if inspect.isclass(thing) else ""]
    return "\n\n".join(filter(None, parts))


def fence(text): return f"```text\n{text}\n```"


def page(notebook, module, order, repo):
    "The page of a module, as Quarto markdown: what users call, then its parts"
    head = f"---\ntitle: {module.__name__}\norder: {order}\n---"
    origin = (f"{inspect.getdoc(module)}\n\nDerived, "
              f"written and checked in [its chapter](../{notebook}).")
    first, rest = called(module), [key for key in module.__all__ if key not in called(module)]
    parts = [*(entry(key, getattr(module, key), module, notebook, repo) for key in first),
             *(["## Its parts"] if first and rest else []),
             *(entry(key, getattr(module, key), module, notebook, repo, 3 if first else 2)
               for key in rest)]
    return "\n\n".join([head, origin, *parts]) + "\n"


def overview(pages, package):
    "All that users call, module by module"
    found = {short(m): m for _, m in pages}
    at_top = {key: short(inspect.getmodule(getattr(package, key)))
                  for key in package.__all__ if callable(getattr(package, key))}
    def rows(name):
        module = found[name]
        for key in called(module):
            thing, top = getattr(module, key), "yes" if at_top.get(key) == name else ""
            yield (f"| [`{signature(key, thing) if not inspect.isclass(thing) else key}"
                   f"`]({name}.qmd#{anchor(key)}) | {top} | {first_sentence(thing)} |")
    head = ("---\ntitle: What you can call\ndescription: The public names, module by module, "
            "what is needed first first.\n---")
    intro = ("*lipcvx*: whether `from lipcvx import …` brings it; the others come from their "
             "module, such as `from lipcvx.estimators import LipschitzRegressor`.")
    tables = [f"## `{found[name].__name__}`\n\n{inspect.getdoc(found[name])}\n\n| | lipcvx | "
              "|\n|:----------|:--|:------------|\n" + "\n".join(rows(name))
              for name in CALLED]
    rest = ", ".join(f"[`{short(m)}`]({short(m)}.qmd)" for _,
                     m in pages if short(m) not in CALLED)
    return "\n\n".join([head, intro, *tables, f"## What they are made of\n\n{rest}."]) + "\n"
