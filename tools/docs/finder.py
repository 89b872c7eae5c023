"""The index of the search: for every word the pages that say it and how much, in title,
keywords, summary, headings and text; finder.js ranks by it (BM25), once somebody types."""
import html
import json
import re
from collections import Counter

# what a word counts in a part of a page; in its text once, all in all MOST at most, and less
# where the text is long
WEIGHTS = {"title": 12, "keywords": 8, "summary": 6, "headings": 3}
MOST, LENGTH = 8, .6
# pages for users before theory, and that before how the package is made
SECTIONS = {"Use it": 1.3, "How-to": 1.6, "Interfaces": 1.1, "Evidence": .8,
            "How it is made": .6, "Reference": .4}
STOP = set("""a an and are as at be but by can do does for from has have how i if in into is it
its me my no not of on one or our so than that the their then there these this to was we what
when where which who why will with you your""".split())
article = re.compile(r"<article.*?</article>", re.S)
drop = re.compile(r"<(math|pre|script|style|svg|table class=\"dataframe)\b.*?</\1>", re.S)
tag = re.compile(r"<[^>]+>")
headline = re.compile(r"<(section|h[2-4])\b[^>]*\bid=\"([^\"]+)\"[^>]*>(.*?)</h[2-4]>", re.S)


def words(text): return re.findall(r"[a-z0-9]+", text.lower().replace("λ", "lambda"))


def plain(text): return " ".join(html.unescape(tag.sub("", drop.sub(" ", text))).split())


def page(text):
    "Title, summary, keywords, headings with their anchors, and text of a page"
    body = article.search(text)[0]
    def first(pattern): return plain((re.search(pattern, body, re.S) or ("", ""))[1])
    heads = [(anchor, plain(title).removesuffix("#").strip())
             for _, anchor, title in headline.findall(body)]
    return {"title": first(r"<h1[^>]*>(.*?)</h1>"),
            "summary": first(r'<p class="summary">(.*?)</p>'),
            "keywords": first(r"<p hidden>(.*?)</p>"), "headings": heads, "text": plain(body)}


def said(pages):
    "For every word the pages, by number, that say it, with how much they do"
    parts = [{**p, "headings": " ".join(title for _, title in p["headings"])} for p in pages]
    counts = [{part: Counter(words(p[part])) for part in (*WEIGHTS, "text")} for p in parts]
    lengths = [c["text"].total() for c in counts]
    mean, found = sum(lengths)/len(lengths), {}
    for k, c in enumerate(counts):
        slow = 1 - LENGTH + LENGTH*lengths[k]/mean
        for word in set().union(*c.values()) - STOP:
            text = c["text"][word]/slow
            found.setdefault(word, {})[k] = MOST*text/(MOST + text) + sum(
                w*c[part][word] for part, w in WEIGHTS.items())
    return found


def index(out, sections, address):
    "Writes the index of the pages in `out`"
    prior = {address(path): SECTIONS.get(title, 1) for title, paths in sections
             for path in paths}
    files = [p for p in sorted(out.rglob("*.html")) if p.name != "404.html"]
    names = [p.relative_to(out).as_posix() for p in files]
    pages = [page(p.read_text()) for p in files]
    # a page that has words of visitors is for them
    priors = [max(prior.get(name, .4), 1.4*bool(p["keywords"]))
              for name, p in zip(names, pages)]
    table = {word: [n for k, much in at.items() for n in (k, max(1, round(10*much)))]
             for word, at in sorted(said(pages).items())}
    shown = [[name, p["title"], p["summary"], p["headings"], prior]
             for name, p, prior in zip(names, pages, priors)]
    (out / "assets" / "search.json").write_text(
        json.dumps({"pages": shown, "words": table}, ensure_ascii=False, separators=(",", ":")))
