"""A mixed-integer program over a fitted network: the cheapest concrete of a stated strength,
with plain Adam and with ours at equal error."""
import numpy as np
from evidence.shared import clocked, rmse

from lipcvx.data import Scaler, load, split
from lipcvx.embed import Row, formulate, optimize
from lipcvx.program import Program
from lipcvx.training import fit
from lipcvx.training.descent import train_adam

PRICE = np.array([.12, .06, .04, .001, 2., .012, .014, 0.]) # made up, a kilogram


def networks(Z, t, train, val, seed, rules):
    """Adam where its validation error is least, and ours with the weight whose validation error
    is nearest to that"""
    def error(net): return rmse(net.predict(Z[val]) - t[val])
    adam = min((train_adam(Z[train], t[train], rules["width"], seed, epochs, .01)
                for epochs in rules["epochs"]), key=error)
    ours = [fit(Z[train], t[train], Program(lam=lam), rules["width"], seed, starts=1, steps=500,
                turns=1, progress=False).net for lam in rules["lams"]]
    return {"ours": min(ours, key=lambda net: abs(error(net) - error(adam))), "adam": adam}


def measure(cell, rules):
    "A row for each network and strength"
    data, rows = load("concrete"), []
    rest, test = split(data, seed=cell["seed"])
    sub, held = split(data.X[rest], .2, cell["seed"])
    train, val = rest[sub], rest[held]
    sx, sy = Scaler.fit(data.X[train]), Scaler.fit(data.y[train])
    Z, t = sx.transform(data.X), sy.transform(data.y).ravel()
    low, high = np.quantile(data.X, [.01, .99], axis=0)
    low[7] = high[7] = 28
    mass = Row(on_x=[1.]*7 + [0.], least=2200, most=2450)
    for name, net in networks(Z, t, train, val, cell["seed"], rules).items():
        error = rmse(net.predict(Z[test]) - t[test])*float(np.ravel(sy.scale)[0])
        whole = net.rescale(sx.mean, sx.scale, sy.mean, sy.scale)
        form = formulate(whole, low, high)
        big_m = float(np.abs(whole.A[form.undecided, 0]) @ form.big_m)
        for strength in rules["strengths"]:
            found, wall, cpu = clocked(lambda whole=whole, strength=strength: optimize(
                whole, low, high, PRICE, 0., [Row(on_y=1., least=strength), mass], gap=1e-3,
                time_limit=rules["seconds"]))
            rows.append(cell | dict(
                method=name, strength=strength, test_rmse=error,
                binaries=int(form.binary.sum()), big_m=big_m, seconds=wall, cpu_seconds=cpu,
                cost=float(found.x @ PRICE), bound=float(found.bound),
                difference=float(found.difference), violation=float(found.violation)))
    return rows
