"""Write README.md from nbs/index.ipynb: markdown, visible code and its text output; and the
picture at its top, from the cell that draws it. Needs no Quarto."""
import base64
import json
import re
from pathlib import Path

root = Path(__file__).resolve().parent.parent
BADGES = (("licence: Apache-2.0", "licence"), ("Python 3.11 or newer", "python"))
hidden = ("#| hide", "#| echo: false", "#| default_exp")


def text_of(output):
    "The text of a cell's output; nothing for figures and for what went to the error stream"
    data = output.get("data", {})
    if output.get("name") == "stderr" or "image/png" in data: return ""
    return "".join(output.get("text") or data.get("text/plain") or [])


def block(cell):
    "One cell as markdown; nothing for hidden cells"
    source = "".join(cell["source"]).strip()
    if cell["cell_type"] == "markdown": return source
    # figures are for the site
    figure = any("image/png" in o.get("data", {}) for o in cell.get("outputs", []))
    if cell["cell_type"] != "code" or source.startswith(hidden) or not source or figure:
        return ""
    code = "\n".join(line for line in source.splitlines() if not line.startswith("#|"))
    out = "".join(map(text_of, cell.get("outputs", []))).rstrip()
    return f"```python\n{code}\n```" + (f"\n\n```text\n{out}\n```" if out else "")


def main():
    cells = json.loads((root / "nbs" / "index.ipynb").read_text())["cells"]
    note = "<!-- WARNING: made from nbs/index.ipynb by `make readme`; edit the notebook. -->"
    blocks = [note, *filter(None, map(block, cells))]
    text = re.sub(r"\]\((?!https?:|#)(?=[^)]+\.(?:ipynb|png))", "](nbs/", "\n\n".join(blocks))
    badges = " ".join(f"![{name}](nbs/images/{file}.svg)" for name, file in BADGES)
    text = text.replace("\n\n![", f"\n\n{badges}\n\n![", 1)
    (root / "README.md").write_text(text + "\n")
    picture = next(o["data"]["image/png"] for c in cells
                   for o in c.get("outputs", []) if "image/png" in o.get("data", {}))
    png, file = base64.b64decode("".join(picture)), root / "nbs" / "images" / "landing.png"
    if not file.exists() or file.read_bytes() != png: file.write_bytes(png)


if __name__ == "__main__": main()
