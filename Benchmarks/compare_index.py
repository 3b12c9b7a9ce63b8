#!/usr/bin/env python3
"""Measures the index against DuckDB, SQLite's FTS5 and ripgrep in one run, on the same files.

usage: compare_index.py BENCHMARK CORPUS SCRATCH [--fts-shards N] [--turns N] [--python PYTHON_WITH_DUCKDB]

BENCHMARK is the executable, CORPUS a folder made by make_index_corpus.py. Files are read once before the
clock starts, so that all find them in memory. Prints figures and ratios as JSON.
"""
import argparse, glob, json, os, shutil, sqlite3, subprocess, sys, time

# Counting keeps nothing; the like of an index is the table of addresses with the records they stand in: in
# memory, or in a file and found by an index, as ours is.
DUCK = """
import duckdb, resource, sys, time
db = duckdb.connect(sys.argv[3] if sys.argv[2] == "indexed" else ":memory:")
db.execute("SET threads = 2")
db.execute("SET enable_progress_bar = false")
find = "regexp_extract_all(text, '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+[.][A-Za-z]{2,}')"
read = "FROM read_json(?, format='newline_delimited', columns={id: 'VARCHAR', text: 'VARCHAR'})"
table = f"CREATE TABLE emails AS SELECT unnest({find}) AS email, id {read}"
query = f"SELECT count(*), sum(len({find})) {read}" if sys.argv[2] == "count" else table
start = time.perf_counter()
before = time.process_time()
db.execute(query, [sys.argv[1]]).fetchall()
if sys.argv[2] == "indexed":
    db.execute("CREATE INDEX by_email ON emails(email)")
    db.execute("CHECKPOINT")
print(time.perf_counter() - start, time.process_time() - before)
"""

def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark")
    parser.add_argument("corpus")
    parser.add_argument("scratch")
    parser.add_argument("--fts-shards", type=int, default=1)
    parser.add_argument("--turns", type=int, default=3, help="of the identifier index and DuckDB")
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    shards = sorted(glob.glob(os.path.join(options.corpus, "*.jsonl")))
    total = sum(os.path.getsize(shard) for shard in shards) / 1e6
    for shard in shards:
        with open(shard, "rb") as file:
            while file.read(1 << 24):
                pass
    shutil.rmtree(options.scratch, ignore_errors=True)
    os.makedirs(options.scratch)
    index = os.path.join(options.scratch, "lineage.sqlite")
    identifiers, duck = [], {"count": [], "table": [], "indexed": []}
    for turn in range(options.turns):
        # In turns, so that a busy machine is busy for all.
        alone = os.path.join(options.scratch, f"identifiers-{turn}.sqlite")
        identifiers.append(json.loads(run(options.benchmark, "identifiers", options.corpus, alone)))
        shutil.rmtree(alone + ".segments")
        for mode in duck:
            pattern = os.path.join(options.corpus, "*.jsonl")
            file = os.path.join(options.scratch, f"duck-{turn}.db")
            words = run(options.python, "-c", DUCK, pattern, mode, file).split()
            duck[mode].append([float(word) for word in words])
            if os.path.exists(file):
                os.remove(file)
    build = json.loads(run(options.benchmark, "build", options.corpus, index))
    query = json.loads(run(options.benchmark, "query", options.corpus, index))

    database = sqlite3.connect(os.path.join(options.scratch, "fts.sqlite"))
    database.execute("PRAGMA synchronous = OFF")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(text, content='', columnsize=0)")
    def texts():
        for shard in shards[:options.fts_shards]:
            with open(shard, encoding="utf-8") as file:
                for line in file:
                    yield json.loads(line)["text"]
    prepared = list(enumerate(texts(), 1))
    start = time.perf_counter()
    with database:
        database.executemany("INSERT INTO t(rowid, text) VALUES (?, ?)", prepared)
    fts_time = time.perf_counter() - start
    fts_bytes = sum(os.path.getsize(shard) for shard in shards[:options.fts_shards]) / 1e6

    with open(os.path.join(options.corpus, "truth.json"), encoding="utf-8") as file:
        people = json.load(file)
    times = []
    for person in people[:15]:
        start = time.perf_counter()
        subprocess.run(["rg", "--threads", "2", "-i", "-c", "-F", person["name"], *shards], capture_output=True)
        times.append(time.perf_counter() - start)
    ripgrep = sorted(times)[len(times) // 2] * 1000
    alone = min(identifiers, key=lambda figures: figures["processorSeconds"])
    wall = {mode: min(times[0] for times in turns) for mode, turns in duck.items()}
    processor = {mode: min(times[1] for times in turns) for mode, turns in duck.items()}
    quickest = min(figures["seconds"] for figures in identifiers)
    print(json.dumps({
        "identifiers": alone, "build": build, "query": query,
        "duckdbMegabytesPerSecond": {mode: total / seconds for mode, seconds in wall.items()},
        "duckdbMegabytesPerProcessorSecond": {mode: total / seconds for mode, seconds in processor.items()},
        "fts5MegabytesPerSecond": fts_bytes / fts_time,
        "ripgrepMedianMilliseconds": ripgrep,
        "ratios": {
            "identifiersOverDuckDB": {mode: seconds / quickest for mode, seconds in wall.items()},
            "identifiersOverDuckDBProcessor": {
                mode: seconds / alone["processorSeconds"] for mode, seconds in processor.items()},
            "buildOverFTS5": build["megabytesPerSecond"] * fts_time / fts_bytes,
            "phraseOverRipgrep": ripgrep / query["nameMedianMilliseconds"],
            "substringOverRipgrep": ripgrep / query["substringMedianMilliseconds"],
        }}, indent=2))

main()
