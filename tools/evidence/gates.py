"""Do more gates pay? A restriction with sampled gates, or with those of further networks,
against turns of restriction and descent and against another start, at equal processor time."""
import time
from dataclasses import dataclass, field, replace

import numpy as np
from evidence.shared import lam_for, training_part

from lipcvx.program import Program
from lipcvx.restriction import Restriction
from lipcvx.result import Point
from lipcvx.training.descent import random_network
from lipcvx.training.sequence import Ledger, cross, fade, in_turn, step_down

WIDTH, SAMPLED = 50, 50


@dataclass(eq=False)
class Clocked(Ledger):
    "A ledger that goes by processor time, `seconds` of it"
    seconds: float = np.inf
    spent: float = field(default_factory=time.process_time)

    @property
    def used(self): return time.process_time() - self.spent
    @property
    def left(self): return max(self.seconds - self.used, 1e-3)
    @property
    def deadline(self): return time.perf_counter() + self.left
    @property
    def over(self): return self.used >= self.seconds


def wider(ledger, net, D, signs):
    """The restriction around a network with the gates D (n, k) and their signs in addition, at
    weight zero"""
    own = Restriction.from_network(ledger.program, net, ledger.X, ledger.Y, ledger.omega)
    a, p, k = own.arrays, own.start, D.shape[1]
    arrays = replace(a, D=np.hstack([a.D, D]), A=np.vstack([a.A, signs[:, None]]))
    return replace(own, arrays=arrays, start=Point(
        np.vstack([p.W, np.zeros((k, a.X.shape[1]))]), np.append(p.b, np.zeros(k)), p.r, p.G))


def sampled(ledger, rng):
    "Half-spaces with borders through random samples, with random signs"
    U = rng.normal(size=(ledger.X.shape[1], SAMPLED))
    D = ledger.X @ U >= (ledger.X[rng.integers(len(ledger.X), size=SAMPLED)]*U.T).sum(1)
    return D, rng.choice([-1., 1.], SAMPLED)


def of_networks(ledger, seed, k=2):
    "Gates and signs of further networks, whose training is paid for"
    nets = [trained(ledger, (seed, 1 + i)).normal_form() for i in range(k)]
    D, signs = (np.hstack([f.patterns(ledger.X) for f in nets]),
                np.concatenate([f.A[:, 0] for f in nets]))
    return D[:, D.any(0)], signs[D.any(0)]


def trained(ledger, seed):
    return step_down(ledger, random_network(ledger.X.shape[1], 1, WIDTH, seed), 1000, 0.06)


def run(method, program, X, y, start, seed, seconds):
    "What one method reaches from the start in so many seconds"
    ledger = Clocked(program, X, y[:, None], np.full(len(X), 1/len(X)), WIDTH, seconds=seconds)
    ledger.propose("start", start)
    if method == "another_start": ledger.propose("start", trained(ledger, (seed, 1)))
    more = {"sampled": lambda: sampled(ledger, np.random.default_rng(seed)),
            "networks": lambda: of_networks(
                ledger, seed)}.get(method, lambda: (np.zeros((len(X), 0), bool), np.zeros(0)))()
    found = wider(ledger, ledger.net, *more).solve(tol=1e-4, time_limit=ledger.left)
    restricted, at = found.objective, ledger.used
    if found.net.width <= WIDTH: ledger.propose("restriction", found.net, found)
    elif not ledger.over: ledger.propose("fade", fade(ledger, found.net, 500))
    before = np.inf
    while not ledger.over and ledger.value < before*(1 - 1e-5):
        before = ledger.value
        in_turn(ledger, 20)
        cross(ledger)
    return dict(restricted=restricted, objective=ledger.value, width_restricted=found.net.width,
                seconds_restricted=round(at, 3), seconds=round(ledger.used, 3))


def measure(cell, rules):
    "A row for each method, all from one start"
    X, y = training_part(cell["dataset"], cell["seed"])
    lam = lam_for(cell["dataset"], cell["fraction"], rules["out"])
    program = Program(lam=lam)
    start = trained(Ledger(program, X, y[:, None], np.full(len(X), 1/len(X)), WIDTH),
                    (cell["seed"], 0))
    held = cell | {"lam": lam, "start": program.objective(start, X, y)}
    return [held | {"method": m} | run(m, program, X, y, start, cell["seed"], rules["seconds"])
            for m in ("own", "another_start", "sampled", "networks")]
