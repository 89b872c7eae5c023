"""Predictive intervals, ordinary and robust, clean and under the attack made for them:
coverage and width."""
import numpy as np
from evidence.shared import parts

from lipcvx.conformal import calibrate, interval_attack
from lipcvx.data import split
from lipcvx.evidence.baselines import methods
from lipcvx.evidence.protocol import OURS
from lipcvx.lipschitz import bound

SETTINGS = {"ours": {"lam": 0.01}, "adam": {"lr": 0.01, "epochs": 1000}, "pgd_training": None,
            "torchlip": {"lipschitz": 2.}}


def trained(name, X, y, seed):
    "The network of a method, at the middle one of its settings where none is named"
    method = ({m.name: m for m in OURS} | methods())[name]
    return method.fit(X, y, seed,
                      **(SETTINGS[name] or method.grid[len(method.grid)//2])).predictor


def covered(found, y):
    "Which values lie in their intervals"
    return (found.lower[:, 0] <= y) & (y <= found.upper[:, 0])


def width(found, rows=slice(None)):
    "Mean width"
    return float((found.upper - found.lower)[rows].mean())


def measure(cell, rules):
    "A row for each norm and radius"
    X, y, X_test, y_test = parts(cell["dataset"], cell["seed"], rules["rows"])
    fit, cal = split(X, rules["calibration"], cell["seed"])
    net = trained(cell["method"], X[fit], y[fit], cell["seed"])
    model, alpha, some = (calibrate(net, X[cal], y[cal]), rules["alpha"],
                          slice(0, rules["exact_samples"]))
    X_test, y_test, rows = X_test[:rules["samples"]], y_test[:rules["samples"]], []
    plain = model.predict(X_test, alpha)
    clean = covered(plain, y_test)
    for norm in (2., np.inf):
        L = bound(net, "sdp", norm).value
        for eps in rules["radii"]:
            seen = interval_attack(model, X_test, y_test, eps, alpha, norm) if eps else X_test
            local = model.predict(seen, alpha, eps, norm)
            exact = model.predict(seen[some], alpha, eps, norm, exact=None)
            robust = covered(local, y_test)
            missed = ~robust & clean
            missed[some] |= ~covered(exact, y_test[some]) & clean[some]
            rows.append(cell | dict(
                norm=norm, eps=eps, n_cal=len(cal), n_test=len(y_test), clean=clean.mean(),
                attacked=covered(model.predict(seen, alpha), y_test).mean(),
                robust=robust.mean(), exceptions=int(missed.sum()), width_clean=width(plain),
                width_local=width(local), width_global=width(plain) + 2*eps*L,
                width_local_some=width(local, some), width_exact_some=width(exact),
                exact=float((exact.how == "exact").mean()), lipschitz=L))
    return [{k: float(v) if isinstance(v, np.floating) else v for k, v in r.items()}
            for r in rows]
