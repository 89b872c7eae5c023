"""Build script: everything it needs to know is read from settings.ini."""
import shlex
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

config = ConfigParser(delimiters=["="], interpolation=None)
config.read("settings.ini", encoding="utf-8")
cfg = config["DEFAULT"]

setup(name=cfg["lib_name"], version=cfg["version"], description=cfg["description"],
      long_description=Path("README.md").read_text(encoding="utf-8"),
      long_description_content_type="text/markdown", author=cfg["author"],
      author_email=cfg["author_email"], url=cfg["git_url"],
      license="Apache-2.0", keywords=cfg["keywords"],
      packages=find_packages(include=["lipcvx", "lipcvx.*"]),
      include_package_data=True, zip_safe=False, python_requires=">=" + cfg["min_python"],
      install_requires=shlex.split(cfg["requirements"]), extras_require={
          "dev": shlex.split(cfg["dev_requirements"]),
          "data": shlex.split(cfg["data_requirements"]),
          "tables": shlex.split(cfg["tables_requirements"]), "experiments": shlex.split(
              cfg["data_requirements"] + " " + cfg["experiments_requirements"])},
      entry_points={"nbdev": [f"{cfg['lib_name']}=lipcvx._modidx:d"],
                    "console_scripts": ["lipcvx=lipcvx.cli:run"]},
      package_data={"lipcvx": ["py.typed", "schemas/*.json", "datasets.toml"]}, classifiers=[
          "Development Status :: 3 - Alpha", "Intended Audience :: Science/Research",
          "Programming Language :: Python :: 3.11",
          "Topic :: Scientific/Engineering :: Artificial Intelligence", "Typing :: Typed"])
