"""Exact worst cases of the demonstration network: 100 test samples of concrete, 50 neurons, both norms, two radii; writes results/exact.csv."""
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tidy import append, note

from lipcvx import Program, postprocess, train_adam
from lipcvx.attack import fgsm, pgd, worst_case
from lipcvx.certify import certificates
from lipcvx.data import Scaler, load, split

out = Path(__file__).resolve().parent.parent / "results" / "exact.csv"


def main():
    data = load("concrete")
    train, test = split(data.X, seed=0)
    sx, sy = Scaler.fit(data.X[train]), Scaler.fit(data.y[train])
    X, y = sx.transform(data.X), sy.transform(data.y)
    before = train_adam(X[train], y[train], width=50, seed=0)
    nets = {"before": before, "after": postprocess(before, X[train], y[train], Program(lam=0.03)).net}
    X, y, rmse, rows = X[test][:100], y[test][:100], lambda e: float(np.sqrt(np.mean(np.square(e)))), []
    for name, net in nets.items():
        for norm in (2, np.inf):
            for eps in (0.1, 0.3):
                start = time.perf_counter()
                exact = worst_case(net, X, y, eps, norm)
                seconds, clean, attack = time.perf_counter() - start, np.abs(net.predict(X) - y), pgd(net, X, y, eps, norm).error
                gain = exact.error - clean
                share = np.median(((attack - clean)/np.where(gain > 0, gain, 1))[gain > 0])
                found = certificates(net, X, y, eps, norm)
                rows.append(dict(net=name, norm=norm, eps=eps, clean=rmse(clean), fgsm=rmse(fgsm(net, X, y, eps, norm).error), pgd=rmse(attack), exact=rmse(exact.error),
                                 exact_bound=rmse(exact.bound), certified_local=rmse(found.by_local), certified_global=rmse(found.by_global), pgd_share_median=float(share),
                                 optimal=int(sum(str(s) == "optimal" for s in exact.status)), samples=len(y), seconds=seconds))
                print({k: round(v, 4) if isinstance(v, float) else v for k, v in rows[-1].items()}, flush=True)
    out.unlink(missing_ok=True)
    append(out, rows)
    note(out, {"data": "concrete, split 0, the first 100 test samples", "width": 50, "lam": 0.03})


if __name__ == "__main__":
    with threadpool_limits(1): main()
