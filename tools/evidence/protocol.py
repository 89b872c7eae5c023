"""Cells of the chapter on the protocol: competitors, ablations, methods for a stated radius."""
from lipcvx.evidence import baselines
from lipcvx.evidence.protocol import (Cell, all_methods, competitors, rules_of, run_cell,
                                      stated, variants)

GROUPS = {"competitors": competitors, "variants": variants, "stated": stated}


def axes(grid):
    "The grid with the names of a group of methods in the place of the group's"
    methods = grid["method"]
    return grid | {"method": list(GROUPS[methods]()) if isinstance(methods, str) else methods}


def more_rules(axes):
    "The protocol's rules and every method's settings"
    known = all_methods()
    return rules_of([Cell(0, "", m, axes.get("rows", [2000])[0])
                     for m in axes["method"] if m in known])


def measure(cell, rules):
    "The rows of a cell"
    return run_cell(Cell(cell["seed"], cell["dataset"], cell["method"], rules["rows"]),
                    rules.get("exact"))


def missing(): "Opponents that cannot run here, and why"; return baselines.missing()
