"""Many rows: time, processor time and memory of passes, one fresh process a measurement; `make bench` runs it, results/rows.csv holds it, and it resumes.

    python tools/rows.py                       the rows of `make bench`
    python tools/rows.py --only parquet --n 100000000 --tol 1e-4 --folder /data
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import tidy

root = Path(__file__).resolve().parent.parent
fields = ["case", "n", "tol", "seconds", "cpu_seconds", "set_up_seconds", "objective", "gap", "status", "passes", "peak_mb", "beyond_mb", "note"]
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
    "Where the rows are: arrays, memory maps or a folder of Parquet files, made where they are missing"
    if case in ("memory", "fit", "direct"):
        parts = list(chunks(n))
        return np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts])
    place = Path(folder)/f"rows-{case}-{n}"
    if not place.exists(): (write_parquet if case.startswith("parquet") else write_maps)(place, n)
    if case.startswith("parquet"): return str(place), None
    return np.load(place/"X.npy", mmap_mode="r"), np.load(place/"y.npy", mmap_mode="r")


def write_maps(place, n):
    "Two memory maps"
    place.mkdir(parents=True)
    X = np.lib.format.open_memmap(place/"X.npy", "w+", np.float64, (n, d))
    y = np.lib.format.open_memmap(place/"y.npy", "w+", np.float64, (n,))
    for k, (a, b) in enumerate(chunks(n)): X[k*10**6:k*10**6 + len(a)], y[k*10**6:k*10**6 + len(a)] = a, b
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
            writer = pq.ParquetWriter(place/f"{k//10:04d}.parquet", table.schema, compression="none", use_dictionary=False)
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
    program = Program(lam=0.03 if case == "fit" else lam)
    if case == "fit": s = fit(rows, None, program, width=m, time_limit=limit, progress=False)
    else: s = postprocess(start, rows, None, program, tol=tol, progress=False)
    return dict(case=case, n=n, tol=tol, seconds=time.perf_counter() - wall, cpu_seconds=time.process_time() - cpu, set_up_seconds=setup, objective=s.objective, gap=s.gap,
                status=str(s.status), passes=s.message, peak_mb=peak(), beyond_mb=peak() - base, note="")


def peak(): "Most memory this process has held, MB"; return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024


def measure(case, n, tol, folder, limit=30):
    "The same in a process of its own"
    call = [sys.executable, __file__, "--one", "--only", case, "--n", str(n), "--tol", str(tol), "--folder", folder, "--limit", str(limit)]
    done = subprocess.run(call, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else dict(case=case, n=n, tol=tol, note=(done.stderr.strip().splitlines() or ["failed"])[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", action="store_true", help="measure here and print one JSON line")
    parser.add_argument("--only", help="memory | maps | parquet | fit")
    parser.add_argument("--n", type=int, default=10**6)
    parser.add_argument("--tol", type=float, default=1e-5)
    parser.add_argument("--limit", type=float, default=30, help="seconds for `fit`")
    parser.add_argument("--folder", default="/tmp", help="where the files are, or are made")
    parser.add_argument("--out", type=Path, default=root/"results"/"rows.csv")
    args = parser.parse_args()
    if args.one: return print(json.dumps(one(args.only, args.n, args.tol, args.folder, args.limit)))
    cases = [(args.only, args.n, args.tol)] if args.only else [("memory", 10**6, 1e-5), ("maps", 10**7, 1e-4), ("parquet", 10**7, 1e-4), ("fit", 10**6, 1e-5)]
    have = {(r["case"], int(r["n"])) for r in tidy.read(args.out) if r["seconds"]}
    for case in cases:
        if case[:2] in have: continue
        row = dict.fromkeys(fields, "") | measure(*case, args.folder, args.limit)
        print(row, flush=True)
        tidy.append(args.out, [row])
        tidy.note(args.out, {"d": d, "neurons": m, "lam": lam, "fit": {"lam": 0.03, "seconds": args.limit}, "threads": os.environ.get("OMP_NUM_THREADS")})


if __name__ == "__main__": main()
