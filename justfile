# What CI runs: format, lints, every test, the load, the unit.
ci:
    tests/run

# The quick round while writing: does it compile, is it formatted, do its lints hold?
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# Every test, or those whose names hold `filter`.
test filter="":
    cargo nextest run {{ filter }}

# Fifty kills, with their figures.
kill:
    cargo nextest run kill:: --success-output immediate

# The load, against a release build: `just load 600 5000 200` for ten minutes of more.
load seconds="60" feeds="200" rate="20":
    cargo build --release
    target/venv/bin/python tests/load/load.py --binary target/release/wirewatch --seconds {{ seconds }} --feeds {{ feeds }} --rate {{ rate }}

# The tour.
demo:
    cargo run -- demo

# How fast items are matched and feeds are read, beside their peers: `tests/bench/README.md`.
bench:
    cargo bench --bench matching
    cargo bench --bench polling
    cargo bench --bench parsing
