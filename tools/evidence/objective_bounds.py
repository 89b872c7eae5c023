"""How low any network can be, of any width, in the cells of the table on objectives, and the
best network that the search for it met."""
from evidence.shared import clocked, lam_for, training_part

from lipcvx.globalopt import global_bound
from lipcvx.program import Program


def measure(cell, rules):
    "One row"
    X, y = training_part(cell["dataset"], cell["seed"])
    lam = lam_for(cell["dataset"], cell["fraction"], rules["out"])
    found, _, cpu = clocked(lambda: global_bound(X, y, Program(lam=lam), tol=rules["tol"],
                                                 time_limit=rules["seconds"], progress=False))
    return [cell | {"lam": lam, "bound": found.value, "objective": found.objective,
                    "gap": found.gap, "status": str(found.status), "cpu_seconds": cpu}]
