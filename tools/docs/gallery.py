"""The gallery: every figure of the notebooks as a thumbnail that leads to where it is drawn."""
import base64
import html
import io
import re

from crossref import options
from PIL import Image

SIZE = (360, 270)


def figures(nb):
    """Options and picture, as bytes of a PNG or of an SVG, of every labelled figure of a
    notebook, in order"""
    for c in nb["cells"]:
        if c["cell_type"] != "code": continue
        opts = options("".join(c["source"]))
        if not str(opts.get("label", "")).startswith("fig-"): continue
        found = [(kind, "".join(o["data"][kind])) for o in c["outputs"]
                 for kind in ("image/svg+xml", "image/png") if kind in o.get("data", {})]
        if found:
            kind, text = found[0]
            yield opts, base64.b64decode(text) if kind == "image/png" else text.encode()


def drawn(picture): "Whether a picture is an SVG"; return b"<svg" in picture[:2000]


def thumbnail(picture):
    "A picture made small: its bytes and its size; an SVG stays as it is, sharp at any size"
    if drawn(picture):
        size = [float(v) for v in re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"',
                                            picture).groups()]
        scale = min(s/v for s, v in zip(SIZE, size))
        return picture, tuple(round(scale*v) for v in size)
    picture = Image.open(io.BytesIO(picture)).convert("RGBA")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    paper.thumbnail(SIZE, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    paper.save(file, "WEBP", quality=80)
    return file.getvalue(), paper.size


def place(path, label, kind="webp"):
    return f"gallery_files/{path.rsplit('.', 1)[0].replace('/', '-')}-{label}.{kind}"


def plain(text): return html.escape(re.sub(r"[$`*_{}\\]", "", str(text)))


def entry(file, page, title, opts, size):
    "One picture with its link and the first sentence of its caption"
    words = re.split(r"(?<=[.:])\s", str(opts.get("fig-cap", "")))[0].rstrip(".:")
    return (f'<a href="{page}#{opts["label"]}"><img src="{file}" '
            f'width="{size[0]}" height="{size[1]}" loading="lazy" '
            f'alt="{plain(opts.get("fig-alt", words))}"><b>{plain(title)}'
            f'</b><span>{plain(words)}</span></a>')


def gallery(sections, notebooks, titles, address, folder):
    "The page as a text; its pictures go to `folder`"
    (folder / "gallery_files").mkdir(parents=True, exist_ok=True)
    blocks = ["---\ntitle: Gallery\ndescription: The figures of all pages; "
              "each leads to where it is drawn.\n---"]
    for section, paths in sections:
        entries = []
        for path in paths:
            for opts, whole in figures(notebooks[path]) if path in notebooks else ():
                picture, size = thumbnail(whole)
                file = place(path, opts["label"], "svg" if drawn(whole) else "webp")
                (folder / file).write_bytes(picture)
                entries.append(entry(file, address(path), titles[path], opts, size))
        if entries: blocks.append(f"## {section}\n\n```{{=html}}\n<div class=\"gallery\">\n" +
                                  "\n".join(entries) + "\n</div>\n```")
    return "\n\n".join(blocks) + "\n"
