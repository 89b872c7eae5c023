"""Many rows: time, processor time and memory of passes, one fresh process a measurement; `make
bench` runs it, results/rows.csv holds it, and it resumes.

    python tools/rows.py                       the rows of `make bench`
    python tools/rows.py --only parquet --n 100000000 --tol 1e-4 --folder /data
    python tools/rows.py --only cluster --n 10000000 what workers gain, measured and predicted:
    results/rows_cluster.csv
    python tools/rows.py --only sample         `fit` on all rows against starts on a sample, by
    the clock of the processor: results/rows_sample.csv
"""
import argparse
import heapq
import itertools
import json
import os
import pickle
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import tidy

root = Path(__file__).resolve().parent.parent
fields = ["case", "n", "tol", "seconds", "cpu_seconds", "set_up_seconds", "objective", "gap",
          "status", "passes", "peak_mb", "beyond_mb", "note"]
d, m, lam = 10, 50, 0.1


def chunks(n, size=10**6):
    "The generator of the benchmark, a million rows at a time: always the same rows"
    u, v = np.random.default_rng(0).normal(size=(2, d))/np.sqrt(d)
    for k, i in enumerate(range(0, n, size)):
        rng = np.random.default_rng((1, k))
        X = rng.normal(size=(min(size, n - i), d))
        y = np.sin(2*X @ u) + np.abs(X @ v) + 0.3*rng.normal(size=len(X))
        yield X, (y - 0.8)/0.95


def source(case, n, folder):
    """Where the rows are: arrays, memory maps or a folder of Parquet files, made where they are
    missing"""
    if case in ("memory", "fit", "descent"):
        parts = list(chunks(n))
        return np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts])
    place = Path(folder)/f"rows-{case}-{n}"
    if not place.exists():
        (write_parquet if case.startswith("parquet") else write_maps)(place, n)
    if case.startswith("parquet"): return str(place), None
    return np.load(place/"X.npy", mmap_mode="r"), np.load(place/"y.npy", mmap_mode="r")


def write_maps(place, n):
    "Two memory maps"
    place.mkdir(parents=True)
    X = np.lib.format.open_memmap(place/"X.npy", "w+", np.float64, (n, d))
    y = np.lib.format.open_memmap(place/"y.npy", "w+", np.float64, (n,))
    for k, (a, b) in enumerate(chunks(n)):
        X[k*10**6:k*10**6 + len(a)], y[k*10**6:k*10**6 + len(a)] = a, b
    X.flush(), y.flush()


def write_parquet(place, n):
    "Files of ten million rows, row groups of a quarter of a million"
    import pyarrow as pa
    import pyarrow.parquet as pq
    place.mkdir(parents=True)
    writer = None
    for k, (X, y) in enumerate(chunks(n)):
        table = pa.table({f"x{a}": X[:, a] for a in range(d)} | {"t": y})
        if k % 10 == 0:
            if writer: writer.close()
            writer = pq.ParquetWriter(place/f"{k//10:04d}.parquet", table.schema,
                                      compression="none", use_dictionary=False)
        writer.write_table(table, row_group_size=250_000)
    writer.close()


def one(case, n, tol, folder, limit):
    "One measurement, in this process"
    from lipcvx import Program, fit, postprocess, train_adam
    from lipcvx.rows import as_rows
    began = time.perf_counter()
    start = train_adam(*next(chunks(2000)), width=m, seed=0, epochs=200)
    X, y = source(case, n, folder)
    rows = as_rows(X, y, target="t" if y is None else None)
    base, setup = peak(), time.perf_counter() - began
    wall, cpu = time.perf_counter(), time.process_time()
    program = Program(lam=0.03 if case in ("fit", "descent") else lam)
    if case == "fit": s = fit(rows, None, program, width=m, time_limit=limit, progress=False)
    elif case == "descent": s = on_every_row(X, y, program, limit)
    else: s = postprocess(start, rows, None, program, tol=tol, progress=False)
    return dict(case=case, n=n, tol=tol, seconds=time.perf_counter() - wall,
                cpu_seconds=time.process_time() - cpu, set_up_seconds=setup,
                objective=s.objective, gap=s.gap, status=str(s.status), passes=s.message,
                peak_mb=peak(), beyond_mb=peak() - base, note="")


def on_every_row(X, y, program, limit):
    """What `fit` is compared with: Adam on F over all rows at every step, for a tenth less than
    `limit` seconds of the processor, then one restriction"""
    from lipcvx import postprocess, train_on_objective
    begun = time.process_time()
    train_on_objective(X, y, program, m, 0, steps=10)
    steps = int(0.9*limit/(time.process_time() - begun)*10)
    net = train_on_objective(X, y, program, m, 0, steps=steps, lr=0.06)
    s = postprocess(net, X, y, program, time_limit=0.1*limit, progress=False)
    return replace(s, message=f"{steps} steps on all rows; {s.message}")


def peak():
    "Most memory this process has held, MB"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024


def measure(case, n, tol, folder, limit=30):
    "The same in a process of its own"
    call = [sys.executable, __file__, "--one", "--only", case, "--n", str(n), "--tol", str(tol),
            "--folder", folder, "--limit", str(limit)]
    done = subprocess.run(call, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else dict(
        case=case, n=n, tol=tol, note=(done.stderr.strip().splitlines() or ["failed"])[-1])


def rows_of_nothing():
    "256 parts of a row: what a task costs beside its work"
    from lipcvx.rows import Rows, Slice
    X, y = np.zeros((256, d)), np.zeros(256)
    return Rows(tuple(Slice(X[i:i + 1], y[i:i + 1], None, 0, 1) for i in range(256)),
                tuple("abcdefghij"))


def clocked_part(job, part, number, *view):
    "Seconds of the clock that a worker takes for a part"
    from lipcvx.rows import run_part
    return clock(lambda: run_part(job, part, number, *view))


# What a cluster needs for a pass: constants measured here, a simulation of what Dask does with
# them, and the same pass measured on one worker and on two.

fan = 8 # states that one task joins, as in `rows.by_dask`


def look(n, folder):
    "A pass on a folder of Parquet files that fills all lists: its rows and its job"
    from lipcvx import Program, train_adam
    from lipcvx.rows import as_rows
    from lipcvx.solver import passes
    place = Path(folder)/f"rows-parquet-{n}"
    if not place.exists(): write_parquet(place, n)
    net = train_adam(*next(chunks(2000)), width=m, seed=0, epochs=200).normal_form()
    rows, V, off = as_rows(str(place), target="t"), passes.stacked(net), np.zeros(m, bool)
    known = as_rows(*next(chunks(10**5))).moments # near enough: only sizes matter for time
    program = Program(lam=lam)
    many = passes.Many(rows.known_as(known), net.A, V, program.loss, program.bound, lam, False)
    return rows, passes.pass_job(many, 1.001*V, off, np.zeros(1), program.loss, True)


def clock(f, times=1):
    "Seconds of the clock, the least of several"
    best = np.inf
    for _ in range(times):
        began = time.perf_counter()
        f()
        best = min(best, time.perf_counter() - began)
    return best


def constants(rows, job, client):
    "What the simulation needs, measured on this machine with a client of one worker"
    from lipcvx.rows import Together, run_part
    parts = [(part, k, *rows.view) for k, part in enumerate(rows.parts[:6])]
    states = [run_part(job, *p) for p in parts[:2]]
    part = client.gather([client.submit(clocked_part, job, *p, pure=False) for p in parts[1:]])
    many = rows_of_nothing().on(client)
    tasks = 256 + 32 + 4 + 1
    job.join(*states)
    return dict(part_rows=states[0].rows, part_seconds=[round(s, 4) for s in sorted(part)],
                join_seconds=clock(lambda: job.join(*states), 5),
                state_bytes=len(pickle.dumps(states[0])), row_bytes=8*(d + 1),
                task_seconds=clock(lambda: many.reduce(Together(())), 3)/tasks)


def simulate(parts, workers, c, bandwidth=None, rows=None, seed=0):
    """Seconds of a pass: the scheduler hands out a task every `task_seconds`, a free worker
    reads and computes (at `bandwidth` bytes a second, if the disk is the limit), and joins
    eight states when they are there, fetching all but one at 1 GB/s"""
    rng, scale = np.random.default_rng(seed), (rows or c["part_rows"])/c["part_rows"]
    fetch = 0. if bandwidth is None else scale*c["part_rows"]*c["row_bytes"]/bandwidth
    join = (fan - 1)*(c["join_seconds"] + c["state_bytes"]/1e9)
    free, now = [0.]*workers, 0.
    waiting = [(0., 0, k) for k in range(parts)] # (when it can start, level, number)
    sizes, left = [parts], {}
    while sizes[-1] > 1: sizes.append(-(-sizes[-1]//fan))
    while waiting:
        ready, level, k = heapq.heappop(waiting)
        now = max(now, ready) + c["task_seconds"] # one scheduler
        start = max(now, heapq.heappop(free))
        took = scale*rng.choice(c["part_seconds"]) + fetch if level == 0 else join
        heapq.heappush(free, start + took)
        above = level + 1, k//fan
        if above[0] == len(sizes): return start + took
        until, missing = left.get(above, (0., min(fan, sizes[level] - fan*above[1])))
        left[above] = until, missing = max(until, start + took), missing - 1
        if not missing: heapq.heappush(waiting, (until, *above))


def cluster(n, folder, out):
    """Predictions for one worker and two beside measurements, and for clusters this machine is
    not"""
    from distributed import Client, LocalCluster
    rows, job = look(n, folder)
    found, c = {}, None
    place = dict(threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0")
    for workers in (1, 2):
        with LocalCluster(n_workers=workers, **place) as local, Client(local) as client:
            far = rows.on(client)
            far.reduce(job) # the workers import what they need, the files come into the cache
            c = c or constants(rows, job, client)
            found[workers] = clock(lambda far=far: far.reduce(job), 2)
    table = [estimate(n, w, len(rows.parts), c, measured=round(found[w], 2)) for w in found]
    table += [estimate(big, w, big//10**6, c, 200, 10**6)
              for big in (10**9, 10**10) for w in (16, 64, 256)]
    out.unlink(missing_ok=True)
    tidy.append(out, table)
    tidy.note(out, {"d": d, "neurons": m, **c, "join_bandwidth_mb": 1000})


def estimate(n, workers, parts, c, bandwidth=None, part_rows=None, measured=""):
    "A row of the table: seconds of a pass as predicted; bandwidth in MB/s a worker"
    seconds = simulate(parts, workers, c, bandwidth and 1e6*bandwidth, part_rows)
    row = dict(n=n, workers=workers, part_rows=part_rows or c["part_rows"],
               bandwidth_mb=bandwidth or "", bytes=n*c["row_bytes"],
               predicted=round(float(seconds), 2), measured=measured)
    print(row, flush=True)
    return row


def fit_by_processor_time(limit, few, seed):
    """`fit` on the protein data, its time limit counted in seconds of the processor, so that
    other work on the machine changes nothing; starts on a sample where fewer than `few` full
    steps fit into the limit"""
    time.perf_counter = time.monotonic = time.process_time
    from lipcvx import Program, fit
    from lipcvx.data import load
    from lipcvx.training import fitting
    data, fitting.TUNED = load("protein", progress=False), fitting.Tuned(few=few)
    X, y = ((a - a.mean(0))/a.std(0) for a in (data.X, data.y))
    found = fit(X, y, Program(lam=0.03), m, seed, time_limit=limit, progress=False)
    return found.objective


def sample(out):
    "Both ways at four time limits, one fresh process a row"
    have = {(r["limit"], r["few"], r["seed"]) for r in tidy.read(out)}
    for limit, seed, few in itertools.product((60, 30, 15, 8), (0, 1), (10**5, 0)):
        if (str(limit), str(few), str(seed)) in have: continue
        call = f"import rows; print(rows.fit_by_processor_time({limit}, {few}, {seed}))"
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", call], check=True,
                              text=True, capture_output=True, cwd=root/"tools",
                              env=os.environ | {"OMP_NUM_THREADS": "1"})
        row = {"limit": limit, "few": few, "seed": seed, "objective": float(done.stdout)}
        print(row, flush=True)
        tidy.append(out, [row])
        tidy.note(out, {"data": "protein", "neurons": m, "lam": 0.03, "threads": 1})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--one", action="store_true",
                        help="measure here and print one JSON line")
    parser.add_argument("--only", help="memory | maps | parquet | fit | descent | cluster | "
                                       "sample")
    parser.add_argument("--n", type=int, default=10**6)
    parser.add_argument("--tol", type=float, default=1e-5)
    parser.add_argument("--limit", type=float, default=30, help="seconds: `fit`, `descent`")
    parser.add_argument("--folder", default="/tmp", help="where the files are, or are made")
    parser.add_argument("--out", type=Path, default=root/"results"/"rows.csv")
    args = parser.parse_args()
    if args.only == "cluster":
        return cluster(args.n, args.folder, args.out.with_name("rows_cluster.csv"))
    if args.only == "sample": return sample(args.out.with_name("rows_sample.csv"))
    if args.one:
        return print(json.dumps(one(args.only, args.n, args.tol, args.folder, args.limit)))
    cases = [(args.only, args.n, args.tol)] if args.only else [("memory", 10**6, 1e-5), (
        "maps", 10**7, 1e-4), ("parquet", 10**7, 1e-4), ("fit", 10**6, 1e-5)]
    have = {(r["case"], int(r["n"])) for r in tidy.read(args.out) if r["seconds"]}
    for case in cases:
        if case[:2] in have: continue
        row = dict.fromkeys(fields, "") | measure(*case, args.folder, args.limit)
        print(row, flush=True)
        tidy.append(args.out, [row])
        tidy.note(args.out, {"d": d, "neurons": m, "lam": lam, "fit": {
            "lam": 0.03, "seconds": args.limit}, "threads": os.environ.get("OMP_NUM_THREADS")})


if __name__ == "__main__": main()
