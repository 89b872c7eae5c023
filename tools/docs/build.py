"""Build the documentation site into _docs from the notebooks, with pandoc; or with `--quarto`
from the same prepared notebooks with Quarto."""
import argparse
import html
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import finder
import pypandoc
import reference
import yaml
from copies import copy
from crossref import address, labels_of, resolve
from fastcore.nbio import dict2nb
from gallery import gallery
from nbdev.processors import FilterDefaults
from pages import html_links, markdown, prepare, read

import lipcvx

here = Path(__file__).resolve().parent
root = here.parents[1]
nbs = root / "nbs"


CONFIG = yaml.safe_load((root / "_quarto.yml").read_text())["website"]
# What visitors call a page, beside its own words; for the search.
KEYWORDS = {
    "start": "install installation pip setup set up clone begin quickstart tutorial",
    "which": "overview functions guarantee cost compare",
    "howto/torch": "pytorch torch module nn state dict model deep",
    "howto/lambda": "choose lambda how to choose lambda lam weight penalty "
        "regularization hyperparameter",
    "howto/csv": "csv table excel spreadsheet command line",
    "howto/pipeline": "sklearn scikit-learn pipeline mlp",
    "howto/audit": "audit auditor verify check certificate regulator",
    "howto/intervals": "conformal prediction interval uncertainty coverage",
    "howto/monotone": "monotone monotonic constraint increasing domain knowledge",
    "howto/rows": "big data out of core parquet dask cluster memory",
    "howto/chip": "embedded c header microcontroller device firmware quantization int8",
    "howto/optimize": "mip optimize pyomo cvxpy constraint embedding",
    "torchtools": "export onnx exporting to onnx",
    "fitting": "fit fitting fit a network fit from scratch train training "
        "post-process postprocess",
    "gallery": "figures pictures images",
    "glossary": "symbols notation words terms list of symbols meaning",
    "models": "accepted model formats load import a model file",
    "plot": "plots draw plotting matplotlib figure",
    "cli": "command line usage terminal shell commands options",
    "columns": "missing values categorical categories dates text nan encoding",
    "statuses": "status meaning result message",
    "network": "shallow network merge duplicate neurons prune weights",
    "classification": "classifier labels classes multiclass margin radius",
    "overview": "results evidence verdicts claims experiments",
    "attack": "adversarial example attack pgd fgsm"}
OPEN = ("Use it", "How-to") # sections of the chapter list that are open on every page
CITE = ("--citeproc", f"--bibliography={nbs / 'references.bib'}",
        "--metadata=link-citations:true")
SPACE = {"404.qmd": "---\ntitle: \"There is no such page\"\ndescription: "
             "\"The address is wrong, or the page has moved.\"\n---\n\n"
             "Search with `/`, or begin at the [front page](index.ipynb).\n"}


def title_of(nb): return re.match(r"#\s+(.*)", "".join(nb["cells"][0]["source"]))[1].strip()


def chapters():
    "The notebooks of the site, by their path: all but the tests"
    paths = (p.relative_to(nbs)
             for p in nbs.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    return {p.as_posix(): read(nbs / p) for p in sorted(paths) if p.parts[0] != "tests"}


def sidebar(texts):
    """Sections and their pages in reading order; `auto: reference/*.qmd` stands for the
    reference pages"""
    def expand(items):
        for item in items:
            if isinstance(item, dict):
                yield from (p for p in texts if p.startswith("reference/"))
            else: yield item
    for item in yaml.safe_load(
            (nbs / "sidebar.yml").read_text())["website"]["sidebar"]["contents"]:
        yield (("", [item])
               if isinstance(item, str) else (item["section"], list(expand(item["contents"]))))


def navigation(sections, titles, current):
    "The chapter list of one page"
    up = "../" * current.count("/")
    def entry(path):
        return ('<li><a '
                f'href="{up}{address(path)}"{" aria-current=page" if path == current else ""}'
                f'>{html.escape(titles[path])}</a></li>')
    def section(title, paths):
        links = f"<ul>{''.join(map(entry, paths))}</ul>"
        return (f"<details{' open' if current in paths or title in OPEN else ''}"
                f"><summary>{title}</summary>{links}</details>" if title else links)
    return "\n".join(section(*s) for s in sections)


def neighbour(path, titles, current, text):
    "A link to the page before or after"
    return (f'<a href="{"../" * current.count("/")}{address(path)}'
            f'">{text.format(html.escape(titles[path]))}</a>' if path else "<span></span>")


def processed(nb, path):
    "A notebook with nbdev's directives obeyed, as they are for Quarto"
    nb = dict2nb(nb)
    nb.path_ = path
    FilterDefaults()(nb)
    return {"cells": [c for c in nb.cells if c.get("source")]}


def polished(page):
    """Tables that scroll by themselves, with columns as wide as they need; a heading for the
    bibliography; bars as TeX sets them"""
    page = re.sub(r"<table.*?</table>", r'<div class="scroll">\g<0></div>',
                  re.sub(r"<colgroup>.*?</colgroup>", "", page, flags=re.S), flags=re.S)
    # ∥ is spaced as a relation
    page = re.sub(r'<mo (?:minsize="120%" maxsize="120%" )?stretchy="\w+" '
                  r'form="(\w+)">[∥‖]</mo>', r'<mo stretchy="false" form="\1">‖</mo>', page)
    page = re.sub(r'(<mo minsize="[^>]*>)∥</mo>', r"\1‖</mo>", page)
    page = page.replace('<div id="refs"', '<h2 id="references">References</h2>\n<div id="refs"')
    # a bar before a sign closes
    return re.sub(r'<mo stretchy="false" form="prefix">\|</mo><mi>([+−])</mi>',
                  r'<mo stretchy="false" form="postfix">|</mo><mo>\1</mo>', page)


def hero(page):
    "The front page: what stands before its first section, with the picture beside it"
    start, end = page.index("<h1"), page.index("<h2", page.index("<h1"))
    figure = re.search(r"<figure>.*?</figure>", page[start:end], re.S)[0]
    return (f'{page[:start]}<div class="hero"><div>{page[start:end].replace(figure, "")}'
            f'</div>{figure}</div>\n{page[end:]}')


def is_page(path, page):
    "Whether a page is meant by its name without number and, where it is unique, folder"
    return (f"/{address(path)}".endswith(f"/{page}.html") and
            not path.startswith("reference/"))


def cites(text): return re.search(r"(?<!\w)@[a-z]+\d{4}", text)


def plain(text): return html.escape(re.sub(r"[$`*_{}\\]", "", text))


def render(path, text, out, sections, titles):
    "One page through pandoc"
    up, order = "../" * path.count("/"), [p for _, paths in sections for p in paths]
    k = order.index(path) if path in order else None
    before, after = (order[k - 1] if k else None,
                     order[k + 1] if k is not None and k + 1 < len(order) else None)
    about = yaml.safe_load(text.split("---\n")[1]).get("description", CONFIG["description"])
    fill = {"root": up,
            "site": CONFIG["title"],
            "repo": CONFIG["repo-url"],
            "title-text": plain(titles[path]),
            "title-html": html.escape(titles[path]),
            "nav": navigation(sections, titles, path),
            "before": neighbour(before, titles, path, "← {}"),
            "after": neighbour(after, titles, path, "{} →")}
    fill["description-text"] = plain(about)
    fill |= {"version": lipcvx.__version__, "address": f"{CONFIG['site-url']}/{address(path)}",
             "card": f"{CONFIG['site-url']}/assets/card.png"}
    if path.endswith(".ipynb"): fill["edit"] = f"{CONFIG['repo-url']}/edit/main/nbs/{path}"
    if path == "index.ipynb": fill["home"] = "yes"
    fill["keywords"] = " ".join(text for page, text in KEYWORDS.items() if is_page(path, page))
    args = ["--standalone", "--fail-if-warnings=true", f"--template={here / 'template.html'}",
            "--mathml", "--syntax-highlighting=pygments", "--toc", "--toc-depth=3",
            f"--metadata=pagetitle:{titles[path]}", *(CITE if cites(text) else ()),
            *(f"--variable={key}:{value}" for key, value in fill.items())]
    try:
        page = pypandoc.convert_text(text, "html5", format="markdown", extra_args=args,
                                     verify_format=False)
    except RuntimeError as error: raise SystemExit(f"{path}: {error}") from None
    target = out / address(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    page = polished(page)
    target.write_text(hero(page) if path == "index.ipynb" else page)


def assets(out):
    "Style and script"
    (out / "assets").mkdir(parents=True)
    for file in ("style.css", "site.js", "finder.js", "icon.svg"):
        shutil.copy2(here / file, out / "assets")


def font(out):
    """The font for mathematics (STIX Two Math, OFL) that the package ziamath carries, with the
    signs that the site shows"""
    from fontTools.subset import Options, Subsetter, load_font, save_font
    file = (Path(importlib.util.find_spec("ziamath").origin).parent / "fonts" /
            "STIXTwoMath-Regular.ttf")
    # browsers draw the sign of a root themselves: it stands in no text
    seen = {"√"} | {ch for page in out.rglob("*.html")
                    for m in re.findall(r"<math.*?</math>", page.read_text(), re.S)
                    for ch in html.unescape(re.sub(r"<[^>]*>", "", m))}
    # letters that browsers put in the place of plain ones inside <mi>; h has its own place
    italic = [0x210E, *range(0x1D400, 0x1D7FF)]
    options = Options(flavor="woff", layout_features=["*"], hinting=False, notdef_outline=True)
    subset = Subsetter(options)
    subset.populate(unicodes=[*map(ord, seen),
                              *(c for c in italic if chr(c) in seen or letter(c) & seen)])
    whole = load_font(str(file), options)
    subset.subset(whole)
    save_font(whole, str(out / "assets" / "STIXTwoMath.woff"), options)


def letter(code):
    "The plain letters that a mathematical one stands for"
    import unicodedata
    return set(unicodedata.normalize("NFKC", chr(code)))


def card(out):
    "The picture that other sites show beside a link"
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    fig = plt.figure(figsize=(12, 6.3), facecolor="#0b5cad")
    fig.text(.07, .58, CONFIG["title"], color="white", size=72, weight="bold")
    fig.text(.07, .36, "\n".join(re.findall(r".{1,48}(?:\s|$)", CONFIG["description"])),
             color="white", size=28, linespacing=1.5)
    fig.savefig(out / "assets" / "card.png", dpi=50)
    plt.close(fig)


def sitemap(out):
    "The pages, for search engines"
    base = CONFIG["site-url"]
    pages = sorted(p.relative_to(out).as_posix()
                   for p in out.rglob("*.html") if p.name != "404.html")
    entries = "".join(f"<url><loc>{base}/{p}</loc></url>\n" for p in pages)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset '
        f'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n')
    (out / "robots.txt").write_text(f"User-agent: *\nSitemap: {base}/sitemap.xml\n")


def copy_notebooks(out):
    "The notebooks for the links that offer them"
    notebooks = chapters()
    labels = {path: labels_of(path, nb["cells"]) for path, nb in notebooks.items()}
    for path, nb in notebooks.items():
        (out / "notebooks" / path).parent.mkdir(parents=True, exist_ok=True)
        made = copy(nb, path, labels, nbs / "references.bib", CONFIG["site-url"], address)
        (out / "notebooks" / path).write_text(json.dumps(made, indent=1, ensure_ascii=False))


def sources(native, folder):
    """Everything the site is made of, by path: notebooks, prepared, and texts; and the labels
    of the notebooks. Thumbnails go to `folder`"""
    modules, notebooks = reference.modules(lipcvx), chapters()
    symbols, labels = (reference.symbols(modules),
                       {path: labels_of(path, nb["cells"]) for path, nb in notebooks.items()})
    texts = {"reference/index.qmd": reference.overview(modules, lipcvx)}
    texts |= {f"reference/{m.__name__.split('.')[-1]}.qmd": reference.page(
        n, m, k, CONFIG["repo-url"]) for k, (n, m) in enumerate(modules)}
    texts = {path: resolve(text, path, labels) for path, text in texts.items()}
    sections = list(sidebar(texts))
    texts["gallery.qmd"] = gallery(sections, notebooks, {
        path: title_of(nb) for path, nb in notebooks.items()}, address, folder)
    use_first = {path for title, paths in sections if title == "Interfaces" for path in paths}
    return {path: prepare(nb, path, labels, symbols, native, path in use_first) for path,
            nb in notebooks.items()}, texts, labels


def with_pandoc(out):
    "The site without Quarto"
    shutil.copytree(nbs, out, ignore=lambda _, names: [n for n in names if n in (
        "tests", ".ipynb_checkpoints") or n.endswith((".ipynb", ".yml", ".bib", ".scss"))])
    assets(out)
    notebooks, texts, labels = sources(native=False, folder=out)
    texts = {path: html_links(text) for path, text in (texts | SPACE).items()}
    for path, nb in notebooks.items():
        page = out / address(path)
        texts[path] = markdown(processed(nb, path), page.parent, page.stem, labels[path])
    titles = {path: yaml.safe_load(text.split("---\n")[1])["title"] for path,
              text in texts.items()}
    sections = list(sidebar(texts))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda item: render(*item, out, sections, titles), texts.items()))
    font(out)
    card(out)
    sitemap(out)
    finder.index(out, sections, address)


def tell_nbdev(file):
    """Put what _quarto.yml says of the site where nbdev looks for it: it writes that over the
    settings of the pages"""
    urls = (f'[project.urls]\nRepository = "{CONFIG["repo-url"]}"\nDocumentation = '
            f'"{CONFIG["site-url"]}"\n\n[tool.nbdev]')
    text = file.read_text().replace("[project]\n",
                                    f'[project]\ndescription = "{CONFIG["description"]}"\n')
    file.write_text(text.replace("[tool.nbdev]", urls))


def tree_for_quarto(copy):
    """The repository with prepared notebooks, the reference and the reading order, as nbdev and
    Quarto take it"""
    shutil.copytree(root, copy,
                    ignore=shutil.ignore_patterns(".*", "_docs", "_proc", "tests", "results"))
    (copy / "nbs" / "reference").mkdir()
    notebooks, texts, _ = sources(native=True, folder=copy / "nbs")
    for path, nb in notebooks.items(): (copy / "nbs" / path).write_text(json.dumps(nb))
    for path, text in texts.items(): (copy / "nbs" / path).write_text(text)
    order = [{"section": title, "contents": paths} if title else paths[0] for title,
             paths in sidebar(texts)]
    (copy / "nbs" / "sidebar.yml").write_text(yaml.safe_dump(
        {"website": {"sidebar": {"contents": order}}}, sort_keys=False))
    tell_nbdev(copy / "pyproject.toml")


def with_quarto(out):
    "The site with Quarto, from a copy: the tree is not touched"
    if not shutil.which("quarto"):
        raise SystemExit("Quarto is not on PATH; `make docs` builds the site without it")
    with tempfile.TemporaryDirectory() as tmp:
        copy = Path(tmp) / root.name
        tree_for_quarto(copy)
        subprocess.run([Path(sys.executable).parent / "nbdev-docs"], cwd=copy, check=True)
        shutil.copytree(copy / "_docs", out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=root / "_docs",
                        help="folder of the site; made anew")
    parser.add_argument("--quarto", action="store_true",
                        help="with Quarto, which must be on PATH")
    args = parser.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)
    (with_quarto if args.quarto else with_pandoc)(args.out)
    copy_notebooks(args.out)
    print(f"{len(list(args.out.rglob('*.html')))} pages in {args.out}, "
          f"made with {'Quarto' if args.quarto else 'pandoc'}; make docs-serve shows them")


if __name__ == "__main__": main()
