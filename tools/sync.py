"""Check that notebooks, generated modules and README.md say the same. Works on a copy:
uncommitted work is safe."""
import filecmp
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
bin_dir = Path(sys.executable).parent
kept = ("nbs", "lipcvx", "tools", "settings.ini", "setup.py", "pyproject.toml", "README.md")
by_hand = Path("__init__.py")  # the one module no notebook exports


def generated(folder):
    "The files an export writes, by their path inside the package"
    return {p.relative_to(folder) for p in folder.rglob("*.py")}


def main():
    with tempfile.TemporaryDirectory() as tmp:
        copy = Path(tmp) / "copy"
        copy.mkdir()
        for name in kept:
            source = root / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns(
                    "__pycache__", ".ipynb_checkpoints"))
            elif source.exists(): shutil.copy2(source, copy / name)
        for path in generated(copy / "lipcvx") - {by_hand}: (copy / "lipcvx" / path).unlink()
        for command in ("nbdev-clean", "nbdev-export"):
            subprocess.run([bin_dir / command], cwd=copy, check=True)
        subprocess.run([sys.executable, "tools/readme.py"], cwd=copy, check=True)
        ours, theirs = generated(root / "lipcvx"), generated(copy / "lipcvx")
        wrong = [f"lipcvx/{p}: only in the {'tree' if p in ours else 'export'}"
                 for p in sorted(ours ^ theirs)]
        wrong += [f"lipcvx/{p}: differs from what its notebook exports"
                  for p in sorted(ours & theirs)
                  if not filecmp.cmp(root / "lipcvx" / p, copy / "lipcvx" / p, shallow=False)]
        wrong += [f"{p.relative_to(root)}: not clean, run nbdev-clean" for p in sorted((
            root / "nbs").rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts and
                  p.read_bytes() != (copy / p.relative_to(root)).read_bytes()]
        if (root / "README.md").read_text() != (copy / "README.md").read_text():
            wrong.append("README.md: differs from nbs/index.ipynb")
    if wrong:
        print("notebooks and modules are out of step (make export mends most of it):",
              *wrong, sep="\n  ")
        sys.exit(1)
    print(f"in step: {len(ours)} modules, README.md, and every notebook clean")


if __name__ == "__main__": main()
