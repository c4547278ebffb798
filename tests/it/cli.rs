//! The command line, to the letter: what each command says, and how it ends.

use serde_json::Value;

use crate::support::daemon::{World, headline};
use crate::support::folder::{self, Folder};
use crate::support::process::{Ended, Process};

/// Runs `wirewatch` with arguments and nothing else.
async fn wirewatch(arguments: &[&str]) -> Ended {
    Process::start(arguments).ends().await
}

/// A configuration that is right.
fn good() -> Folder {
    let feed = folder::feed("wire", "https://wire.example/feed");
    let desk = folder::webhook("desk", "https://desk.example/hook", "");
    let test = "[[watch.test]]\ntext = \"Ships in the East China Sea\"\nmatches = true\n";
    Folder::with(&(feed + &desk + folder::WATCH + test))
}

#[tokio::test]
async fn a_good_configuration_is_told_as_such() {
    let folder = good();
    let told = Process::run(&folder, &["check"]).await;
    assert_eq!(told.stderr, "");
    assert_eq!(
        folder.without_path(&told.stdout),
        "wirewatch.toml: good: 1 feed, 1 watch, 1 notifier; 1 watch tests passed\n"
    );
    assert_eq!(told.code(), Some(0));
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let folder = Folder::with("");
    let text = r#"include = ["lists/*.toml"]
[store]
url = "sqllite:news.db"
[polling]
interval = "5 minutes"
concurency = 8

[[feed]]
url = "ftp://wire.example/feed"
[[feed]]
name = "Harbour Wire"
[[notifier]]
name = "desk"
type = "webhook"
url = "https://desk.example/hook"
secret = "hunter2"
"#;
    let list = "[[watch]]
name = \"Sahel\"
severity = \"hgh\"
countries = [\"Maly\"]
regions = [\"Sahell\"]
notify = [\"dask\"]
[[watch.test]]
text = \"Rain in Paris\"
matches = true
";
    folder.write("wirewatch.toml", text);
    folder.write("lists/sahel.toml", list);
    let told = Process::run(&folder, &["check"]).await;
    assert_eq!((told.code(), told.stdout.as_str()), (Some(78), ""));
    assert_eq!(
        folder.without_path(&told.stderr),
        r#"lists/sahel.toml:3:12: unknown value `hgh` for `severity`
    3 | severity = "hgh"
      |            ^^^^^
  hint: there is `high`

lists/sahel.toml:4:14: unknown country `Maly`
    4 | countries = ["Maly"]
      |              ^^^^^^
  hint: there is a country named `Mali` (ML)

lists/sahel.toml:5:12: unknown region `Sahell`
    5 | regions = ["Sahell"]
      |            ^^^^^^^^
  hint: there is a region named `Sahel`

lists/sahel.toml:6:11: unknown notifier `dask`
    6 | notify = ["dask"]
      |           ^^^^^^
  hint: there is a notifier named `desk`

wirewatch.toml:3:7: expected a store such as `sqlite:wirewatch.db`
    3 | url = "sqllite:news.db"
      |       ^^^^^^^^^^^^^^^^^

wirewatch.toml:5:12: `interval`: expected `auto` or a duration such as `10m`, found `5 minutes`
    5 | interval = "5 minutes"
      |            ^^^^^^^^^^^

wirewatch.toml:6:1: unknown key `concurency`
    6 | concurency = 8
      | ^^^^^^^^^^
  hint: there is a key named `concurrency`

wirewatch.toml:9:7: `url`: expected an http or https address
    9 | url = "ftp://wire.example/feed"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^

wirewatch.toml:10:1: missing `url`
   10 | [[feed]]
      | ^^^^^^^^

wirewatch.toml:16:10: `secret` must be `whsec_` and base64 of 24 to 64 bytes
  hint: make one with: echo "whsec_$(openssl rand -base64 32)"

10 problems
"#
    );
}

#[tokio::test]
async fn a_configuration_that_is_not_there_is_told_with_where_it_was_looked_for() {
    let told = wirewatch(&["check", "--config", "nowhere/wirewatch.toml"]).await;
    assert_eq!(
        told.stderr,
        "nowhere/wirewatch.toml: cannot be read: No such file or directory (os error 2)\n\n\
         1 problem\n"
    );
    assert_eq!(told.code(), Some(78));
}

#[tokio::test]
async fn a_daemon_with_a_faulty_configuration_does_not_start() {
    let folder = Folder::with("");
    let told = Process::run(&folder, &["run"]).await;
    assert_eq!(
        folder.without_path(&told.stderr),
        "wirewatch.toml: no feed is configured
  hint: add a `[[feed]]`, here or in a file that `include` names

wirewatch.toml: no watch is configured
  hint: add a `[[watch]]`, here or in a file that `include` names

wirewatch.toml: no notifier is configured
  hint: add a `[[notifier]]`, here or in a file that `include` names

3 problems
"
    );
    assert_eq!(told.code(), Some(78));
    assert!(!folder.path("wirewatch.db").exists(), "nothing was made");
}

#[tokio::test]
async fn wrong_usage_is_told_as_such() {
    #[track_caller]
    fn check(told: &Ended, first_line: &str) {
        let code = told.code();
        assert_eq!((code, told.stderr.lines().next()), (Some(2), Some(first_line)));
    }
    check(&wirewatch(&["wach"]).await, "error: unrecognized subcommand 'wach'");
    check(&wirewatch(&["run", "--twice"]).await, "error: unexpected argument '--twice' found");
    check(
        &wirewatch(&["deliveries", "replay"]).await,
        "error: the following required arguments were not provided:",
    );
    check(
        &wirewatch(&["alerts", "list", "--since", "yesterday"]).await,
        "error: invalid value 'yesterday' for '--since <SINCE>': expected an age such as `7d`, a \
         date such as `2026-11-24` or a time such as `2026-11-24T09:00:00Z`",
    );
    check(
        &wirewatch(&["alerts", "list", "--severity", "loud"]).await,
        "error: invalid value 'loud' for '--severity <SEVERITY>': expected one of info, low, \
         medium, high, critical",
    );
    check(
        &wirewatch(&["alerts", "list", "--json", "--csv"]).await,
        "error: the argument '--json' cannot be used with '--csv'",
    );
}

/// The subcommands that a help text lists.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let words = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    words.filter(|word| !word.is_empty() && *word != "help").map(str::to_owned).collect()
}

#[tokio::test]
async fn every_command_has_its_help() {
    let mut open = vec![Vec::new()];
    let mut seen = Vec::new();
    while let Some(command) = open.pop() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let told = wirewatch(&arguments).await;
        assert_eq!((told.code(), told.stderr.as_str()), (Some(0), ""), "{command:?}");
        assert!(told.stdout.contains("Usage: wirewatch"), "{command:?}: {}", told.stdout);
        for inner in subcommands(&told.stdout) {
            open.push([command.clone(), vec![inner]].concat());
        }
        seen.push(command.join(" "));
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            "",
            "alerts",
            "alerts list",
            "alerts show",
            "check",
            "deliveries",
            "deliveries list",
            "deliveries replay",
            "demo",
            "explain",
            "feeds",
            "feeds check",
            "feeds find",
            "feeds list",
            "places",
            "run",
            "topics",
        ]
    );
    let version = wirewatch(&["--version"]).await;
    assert_eq!(version.stdout, format!("wirewatch {}\n", env!("CARGO_PKG_VERSION")));
}

/// A store with two alerts, the second of them dead at `desk`; their ids.
async fn two_alerts() -> (World, [String; 2]) {
    let world = World::new("").await;
    world.add("[[watch]]\nname = \"Formulas\"\nseverity = \"low\"\nterms = [\"formula\"]\n");
    let app = world.start_past_baseline().await;
    world.publish(1);
    world.pass(world.inbox.takes("desk", 1)).await;
    world.pass(world.feeds.recorded("wire")).await;
    world.inbox.set_status("desk", 410);
    world.feeds.publish("wire", "=A formula, \"quoted\"");
    let taken = world.pass(world.inbox.takes("desk", 2)).await;
    app.stop().await;
    let ids = [taken[0].id().to_owned(), taken[1].id().to_owned()];
    (world, ids)
}

/// What ids and times are made into: as wide as they are, and the same in every run.
const IDS: [&str; 2] =
    ["msg_first-first-first-first-first-fi", "msg_second-second-second-second-seco"];
const TIME: &str = "2024-07-28T09:MM:SSZ";

/// Text with ids and the minutes of times left out.
fn steady(text: &str, ids: &[String; 2]) -> String {
    let mut text = text.replace(&ids[0], IDS[0]).replace(&ids[1], IDS[1]);
    let mut from = 0;
    while let Some(at) = text[from..].find(&TIME[..14]).map(|at| from + at) {
        let end = at + text[at..].find('Z').expect("times end in Z");
        text.replace_range(at..=end, TIME);
        from = at + TIME.len();
    }
    text
}

#[tokio::test]
async fn alerts_are_listed_and_shown() {
    let (world, ids) = two_alerts().await;
    let told = async |arguments: &[&str]| {
        let ended = Process::run(&world.folder, arguments).await;
        assert_eq!((ended.code(), ended.stderr.as_str()), (Some(0), ""));
        steady(&ended.stdout, &ids)
    };
    assert_eq!(
        told(&["alerts", "list"]).await,
        "\
CREATED               SEVERITY  WATCH           FEED  ID                                    TITLE
2024-07-28T09:MM:SSZ  low       formulas        wire  msg_second-second-second-second-seco  =A formula, \"quoted\"
2024-07-28T09:MM:SSZ  high      east-china-sea  wire  msg_first-first-first-first-first-fi  Patrol 1 in the East China Sea
"
    );
    assert_eq!(
        told(&["alerts", "list", "--csv"]).await,
        "\
created_at,severity,watch,feed,id,score,title,url
2024-07-28T09:MM:SSZ,low,formulas,wire,msg_second-second-second-second-seco,1.5,\"'=A formula, \"\"quoted\"\"\",https://news.example/wire-2
2024-07-28T09:MM:SSZ,high,east-china-sea,wire,msg_first-first-first-first-first-fi,1.5,Patrol 1 in the East China Sea,https://news.example/wire-1
"
    );
    let rows: Value =
        serde_json::from_str(&told(&["alerts", "list", "--json"]).await).expect("JSON");
    assert_eq!(
        rows[1],
        serde_json::json!({
            "id": IDS[0], "watch": "east-china-sea", "severity": "high", "feed": "wire",
            "title": headline(1), "url": "https://news.example/wire-1", "score": 1.5,
            "created_at": TIME,
        })
    );
    let count = async |more: &[&str]| {
        let list = [&["alerts", "list", "--json"], more].concat();
        let rows: Vec<Value> = serde_json::from_str(&told(&list).await).expect("JSON");
        rows.len()
    };
    assert_eq!(count(&["--limit", "1"]).await, 1);
    assert_eq!(count(&["--watch", "formulas"]).await, 1);
    assert_eq!(count(&["--severity", "medium"]).await, 1);
    assert_eq!(count(&["--since", "2024-07-28"]).await, 2);
    assert_eq!(count(&["--since", "2024-07-29"]).await, 0);

    let body = told(&["alerts", "show", &ids[0], "--json"]).await;
    let sent = String::from_utf8(world.inbox.taken("desk")[0].body.to_vec()).expect("UTF-8");
    assert_eq!(body, steady(&format!("{sent}\n"), &ids));
    let shown = told(&["alerts", "show", &ids[1]]).await;
    let expected = "
    }
  }
}

CREATED               STATE  NOTIFIER  TRIES  LAST ANSWER  NEXT TRY  ALERT                                 TITLE
2024-07-28T09:MM:SSZ  dead   desk      1      gone: 410              msg_second-second-second-second-seco  =A formula, \"quoted\"
";
    assert!(
        shown.starts_with("{\n  \"type\": \"alert.created\",\n") && shown.ends_with(expected),
        "{shown}"
    );

    let none = Process::run(&world.folder, &["alerts", "show", "msg_x"]).await;
    assert_eq!(none.stderr, "wirewatch: there is no alert `msg_x`\n");
    assert_eq!(none.code(), Some(1));
}

#[tokio::test]
async fn deliveries_are_listed_and_replayed() {
    let (world, ids) = two_alerts().await;
    let told = async |arguments: &[&str]| {
        let ended = Process::run(&world.folder, arguments).await;
        assert_eq!((ended.code(), ended.stderr.as_str()), (Some(0), ""));
        steady(&ended.stdout, &ids)
    };
    assert_eq!(
        told(&["deliveries", "list"]).await,
        "\
CREATED               STATE      NOTIFIER  TRIES  LAST ANSWER  NEXT TRY  ALERT                                 TITLE
2024-07-28T09:MM:SSZ  dead       desk      1      gone: 410              msg_second-second-second-second-seco  =A formula, \"quoted\"
2024-07-28T09:MM:SSZ  delivered  desk      1      204                    msg_first-first-first-first-first-fi  Patrol 1 in the East China Sea
"
    );
    let count = async |more: &[&str]| {
        let list = [&["deliveries", "list", "--json"], more].concat();
        let rows: Vec<Value> = serde_json::from_str(&told(&list).await).expect("JSON");
        rows.len()
    };
    assert_eq!(count(&["--state", "dead"]).await, 1);
    assert_eq!(count(&["--state", "in_flight"]).await, 0);
    assert_eq!(count(&["--notifier", "desk"]).await, 2);
    assert_eq!(count(&["--notifier", "soc"]).await, 0);

    let replay = async |more: &[&str]| told(&[&["deliveries", "replay"], more].concat()).await;
    assert_eq!(replay(&["--id", "msg_x"]).await, "nothing to replay\n");
    assert_eq!(replay(&["--dead"]).await, "1 delivery will be sent again\n");
    assert_eq!(replay(&["--dead"]).await, "nothing to replay\n");
    assert_eq!(replay(&["--id", &ids[0]]).await, "1 delivery will be sent again\n");
    assert_eq!(count(&["--state", "pending"]).await, 2);
}

#[tokio::test]
async fn a_store_that_is_not_there_is_told() {
    let folder = good();
    let told = Process::run(&folder, &["alerts", "list"]).await;
    assert_eq!(
        folder.without_path(&told.stderr),
        "wirewatch: cannot open `wirewatch.db`\n  because: No such file or directory (os error 2)\n"
    );
    assert_eq!(told.code(), Some(1));
}
