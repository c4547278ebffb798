//! How fast items are matched, beside a bare scan for the same patterns and a loop of regexes.
//!
//! `cargo bench --bench matching`; what it printed last is in `README.md`. All contestants run in
//! one process, in turns, on one thread; each figure is the median of the rounds in CPU time, so
//! a busy machine disturbs the ratios little. Bytes are those of the items as they come: the bare
//! scans are handed the folded text for nothing, and only count.

#![expect(clippy::print_stdout, reason = "a report is what it is for")]
#![expect(clippy::cast_precision_loss, reason = "small numbers, shown with a digit or two")]

mod items;
mod peers;
mod watches;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use wirewatch::bench::{Bench, BenchItem, folded};

use items::Text;
use peers::{Aho, Daachorse, Regexes};

/// Items of one pass.
const ITEMS: usize = 400;
/// Bytes of one item, about: a headline and the first paragraphs.
const ITEM_BYTES: usize = 1_500;
const WATCHES: [usize; 4] = [10, 100, 1_000, 10_000];
/// More watches than this would be a loop of minutes.
const REGEX_WATCHES_MAX: usize = 100;
const ROUNDS: usize = 9;
/// Passes over all items in one round: a hundred milliseconds or so.
const PASSES: usize = 8;
/// The argument that makes of this process one that only starts, and says what that takes.
const START: &str = "--only-start";
/// The argument that makes of it one that only matches, this many passes: for `perf`.
const SCAN: &str = "--only-scan";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == START) {
        return start(Path::new(&arguments[at + 1]));
    }
    if let Some(at) = arguments.iter().position(|argument| argument == SCAN) {
        return scan(arguments[at + 1].parse().expect("a number"));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let configs: Vec<PathBuf> = WATCHES
        .iter()
        .map(|count| {
            let path = folder.path().join(format!("{count}.toml"));
            std::fs::write(&path, watches::config(*count)).expect("written");
            path
        })
        .collect();
    matching(&configs);
    for config in &configs {
        let this = std::env::current_exe().expect("this process has a file");
        let status = Command::new(this).arg(START).arg(config).status().expect("it starts");
        assert!(status.success(), "{status}");
    }
}

/// Something that finds patterns in texts.
struct Contestant<'c> {
    name: &'static str,
    /// One pass over all items; how much it found.
    pass: Box<dyn Fn() -> usize + 'c>,
    passes: usize,
    seconds: Vec<f64>,
    found: usize,
}

fn matching(configs: &[PathBuf]) {
    let texts = items::texts(ITEMS, ITEM_BYTES);
    let bytes: usize = texts.iter().map(Text::bytes).sum();
    let items = taken(&texts);
    let folded: Vec<String> =
        texts.iter().flat_map(|it| [folded(&it.title), folded(&it.body)]).collect();

    let mut heats: Vec<(usize, usize, Vec<Contestant<'_>>)> = Vec::new();
    for (count, config) in WATCHES.into_iter().zip(configs) {
        let patterns = peers::patterns(count);
        let matcher = Bench::load(config).expect("compiles");
        let (aho, daachorse) = (Aho::new(&patterns), Daachorse::new(&patterns));
        let (items, folded) = (&items, &folded);
        let mut contestants = vec![
            contestant("wirewatch", PASSES, move || items.iter().map(|it| matcher.scan(it)).sum()),
            contestant("aho-corasick", PASSES, move || folded.iter().map(|it| aho.count(it)).sum()),
            contestant("daachorse", PASSES, move || {
                folded.iter().map(|it| daachorse.count(it)).sum()
            }),
        ];
        if count <= REGEX_WATCHES_MAX {
            let (regexes, texts) = (Regexes::new(count), &texts);
            // Slow enough for a twentieth of the items to do.
            contestants.push(contestant("regex loop", 1, move || {
                texts.iter().step_by(20).map(|it| regexes.count(&it.title, &it.body)).sum()
            }));
        }
        heats.push((count, patterns.len(), contestants));
    }
    for _ in 0..ROUNDS {
        for contestant in heats.iter_mut().flat_map(|(_, _, contestants)| contestants) {
            contestant.round();
        }
    }

    println!("{ITEMS} items, {bytes} bytes; median of {ROUNDS} rounds\n");
    println!("| watches | patterns | contestant | MB/s | µs an item | of aho-corasick | found |");
    println!("| ---: | ---: | --- | ---: | ---: | ---: | ---: |");
    let bytes = bytes as f64;
    for (count, patterns, contestants) in &heats {
        let aho = contestants[1].median();
        for it in contestants {
            let share = if it.name == "regex loop" { 20.0 } else { 1.0 };
            let seconds = it.median() * share;
            println!(
                "| {count} | {patterns} | {} | {:.1} | {:.1} | {:.2} | {} |",
                it.name,
                bytes / seconds / 1e6,
                seconds / ITEMS as f64 * 1e6,
                aho / seconds,
                it.found,
            );
        }
    }
    let ours = |heat: usize| heats[heat].2[0].median();
    println!(
        "\nfrom {} to {} watches: {:.2} times the time\n",
        WATCHES[0],
        WATCHES[3],
        ours(3) / ours(0)
    );
}

fn contestant<'c>(
    name: &'static str,
    passes: usize,
    pass: impl Fn() -> usize + 'c,
) -> Contestant<'c> {
    Contestant { name, pass: Box::new(pass), passes, seconds: Vec::new(), found: 0 }
}

impl Contestant<'_> {
    fn round(&mut self) {
        let before = cpu();
        for _ in 0..self.passes {
            self.found = std::hint::black_box((self.pass)());
        }
        self.seconds.push(cpu().saturating_sub(before).as_secs_f64() / self.passes as f64);
    }

    /// Seconds of one pass.
    fn median(&self) -> f64 {
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    }
}

/// What a start takes: a process of its own, whose memory is nobody else's.
fn start(config: &Path) {
    let before = cpu();
    let _builtin = Bench::without_watches();
    let builtin = cpu();
    let _matcher = Bench::load(config).expect("compiles");
    let all = cpu();
    println!(
        "{}: gazetteer and topics {:.0} ms, configuration {:.0} ms, peak memory {} MB",
        config.file_name().expect("a file").display(),
        builtin.saturating_sub(before).as_secs_f64() * 1e3,
        all.saturating_sub(builtin).as_secs_f64() * 1e3,
        peak_megabytes(),
    );
}

/// So many passes over all items, without watches.
fn scan(passes: usize) {
    let items = taken(&items::texts(ITEMS, ITEM_BYTES));
    let matcher = Bench::without_watches();
    for _ in 0..passes {
        std::hint::black_box(items.iter().map(|it| matcher.scan(it)).sum::<usize>());
    }
}

fn taken(texts: &[Text]) -> Vec<BenchItem> {
    texts.iter().map(|it| BenchItem::new(it.title.clone(), it.body.clone())).collect()
}

/// CPU time of this thread; wall time where the system does not say.
fn cpu() -> Duration {
    static STARTED: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    // The kernel brings its count up to date when a thread gives way.
    std::thread::yield_now();
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = said.and_then(|it| it.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| STARTED.elapsed(), Duration::from_nanos)
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|it| it.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}
