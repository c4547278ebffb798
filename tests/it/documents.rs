//! What we hand out is tried: every file in `config/`, every command in the documents.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::daemon::World;
use crate::support::folder::{self, Folder};
use crate::support::process::{Ended, Process};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under `folder`, which lies in the root.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).expect("a folder of ours") {
        let path = Path::new(folder).join(entry.expect("readable").file_name());
        if root().join(&path).is_dir() {
            found.extend(files(path.to_str().expect("ASCII")));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).expect("UTF-8")
}

#[tokio::test]
async fn every_file_in_config_is_right() {
    let told = Process::start(&["check", "--config", "config/wirewatch.toml"]).ends().await;
    assert_eq!((told.code(), told.stderr.as_str()), (Some(0), ""));

    // All that the files hold was read: nothing lies beside what `include` names.
    let all = files("config");
    let read_by_check = all.iter().filter(|path| {
        path.extension().is_some_and(|it| it == "toml") && !path.starts_with("config/demo")
    });
    let text: String = read_by_check.map(|path| read(path)).collect();
    let count = |head: &str| text.lines().filter(|line| line.trim_end() == head).count();
    let (feeds, watches) = (count("[[feed]]"), count("[[watch]]"));
    let (notifiers, tests) = (count("[[notifier]]"), count("[[watch.test]]"));
    assert!(feeds > 50 && watches > 1 && notifiers > 0 && tests > 10, "{}", told.stdout);
    let plural = if notifiers == 1 { "" } else { "s" };
    assert_eq!(
        told.stdout,
        format!(
            "config/wirewatch.toml: good: {feeds} feeds, {watches} watches, {notifiers} \
             notifier{plural}; {tests} watch tests passed\n"
        )
    );

    // The demo's recordings are played by the test of the demo; its watchlist is one of ours.
    let demo: Vec<&PathBuf> = all.iter().filter(|it| it.starts_with("config/demo")).collect();
    let names = demo.iter().filter_map(|path| path.file_name()?.to_str());
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            "el-faro-del-pacifico.json",
            "haixia-ribao.atom.xml",
            "hanguk-ilji.rss.xml",
            "harbour-wire.rss.xml",
            "minato-shimbun.rdf.xml",
            "pacific-post.rss.xml",
            "watchlist.toml",
        ]
    );
    let watchlist = read(Path::new("config/demo/watchlist.toml"));
    let feed = folder::feed("wire", "https://wire.example/feed");
    let desk = folder::webhook("desk", "https://desk.example/hook", "");
    let told = Process::run(&Folder::with(&(feed + &desk + &watchlist)), &["check"]).await;
    assert_eq!((told.code(), told.stderr.as_str()), (Some(0), ""));
}

/// How a command of a document is tried.
#[derive(Debug, Clone, Copy)]
enum Trial {
    /// As it stands, in the root.
    Run,
    /// As it stands, beside a store that has an alert; `msg_…` is that alert's id.
    RunOnStore,
    /// It runs for long and another test runs it: here that it is understood.
    Understood,
}

/// Every command that documents may hold; a new one is added here with its trial.
const COMMANDS: [(&str, Trial); 12] = [
    ("check", Trial::Run),
    ("explain", Trial::Run),
    ("places", Trial::Run),
    ("topics", Trial::Run),
    ("--version", Trial::Run),
    ("--help", Trial::Run),
    ("run", Trial::Understood),
    ("demo", Trial::Understood),
    ("alerts list", Trial::RunOnStore),
    ("alerts show", Trial::RunOnStore),
    ("deliveries list", Trial::RunOnStore),
    ("deliveries replay", Trial::RunOnStore),
];

/// The arguments of each `wirewatch` command in the consoles of `text`.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut in_console = false;
    for line in text.lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            in_console = fence.trim() == "console";
        }
        let command = ["$ wirewatch ", "$ cargo run --release -- "]
            .iter()
            .find_map(|prompt| line.trim_start().strip_prefix(prompt));
        if let (Some(command), true) = (command, in_console) {
            found.push(words(command.split(" #").next().unwrap_or_default()));
        }
    }
    found
}

/// The words of a command as a shell takes them; what stands in `"` is one.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, piece) in command.split('"').enumerate() {
        match index % 2 {
            0 => words.extend(piece.split_whitespace().map(str::to_owned)),
            _ => words.push(piece.to_owned()),
        }
    }
    words
}

#[test]
fn commands_are_found_in_consoles_only() {
    let text = "# A\n$ wirewatch no\n```console\n$ wirewatch check   # all of it\nfine\n$ ls\n\
                $ cargo run --release -- alerts list --json\n```\n```sh\n$ wirewatch no\n```\n";
    assert_eq!(commands(text), [vec!["check"], vec!["alerts", "list", "--json"]]);
    assert_eq!(words("explain \"a b\" --json"), ["explain", "a b", "--json"]);
}

#[tokio::test]
async fn every_command_in_the_documents_runs() {
    let (world, id) = one_alert().await;
    let pages = fs::read_dir(root()).expect("the root").filter_map(|it| Some(it.ok()?.path()));
    let mut pages: Vec<PathBuf> =
        pages.filter(|path| path.extension().is_some_and(|it| it == "md")).collect();
    pages.push(root().join("deploy/README.md"));
    for page in pages.iter().filter(|page| page.exists()) {
        for command in commands(&read(page)) {
            let shown = format!("`wirewatch {}` in {}", command.join(" "), page.display());
            let words = command.join(" ") + " ";
            let known = COMMANDS.iter().find(|(it, _)| words.starts_with(&format!("{it} ")));
            let Some((_, trial)) = known else { panic!("{shown} has no trial in COMMANDS") };
            let told = tried(&world, &id, &command, *trial).await;
            assert_eq!(told.code(), Some(0), "{shown}: {}", told.stderr);
        }
    }
}

/// A store with an alert in it, and the alert's id.
async fn one_alert() -> (World, String) {
    let world = World::new("").await;
    let app = world.start_past_baseline().await;
    world.publish(1);
    let taken = world.pass(world.inbox.takes("desk", 1)).await;
    app.stop().await;
    (world, taken[0].id().to_owned())
}

async fn tried(world: &World, id: &str, command: &[String], trial: Trial) -> Ended {
    let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
    match trial {
        Trial::Run => Process::start(&words).ends().await,
        Trial::RunOnStore => {
            for word in &mut words {
                *word = if word.starts_with("msg_") { id } else { word };
            }
            Process::run(&world.folder, &words).await
        }
        Trial::Understood => {
            words.push("--help");
            Process::start(&words).ends().await
        }
    }
}
