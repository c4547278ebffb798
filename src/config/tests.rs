//! What an operator is told about a configuration, to the letter.

use std::fs;

use tempfile::TempDir;

use super::*;

/// Loads `files` (the first is the main one) and returns what is wrong, folder names left out.
#[track_caller]
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let root = format!("{}/", folder.path().display());
    let mut problems = match Config::load(Some(&folder.path().join(files[0].0))) {
        Ok(config) => config.problems,
        Err(problem) => vec![problem],
    };
    Problem::sort(&mut problems);
    problems.iter().map(|problem| problem.to_string().replace(&root, "")).collect()
}

#[test]
fn every_mistake_of_a_file_is_told_with_its_place() {
    let text = r#"
intervall = "5m"

[polling]
interval = 5
concurency = 3
max_body = "10"

[[feed]]
url = 5
tags = ["a", 7]
interval = "5 minutes"
reliability = "G"

[[watch]]
severity = "hgh"
on_update = true
match = "some"
"#;
    let found = problems(&[("w.toml", text)]);
    let expected = [
        "w.toml:2:1: unknown key `intervall`
    2 | intervall = \"5m\"
      | ^^^^^^^^^",
        "w.toml:5:12: `interval`: expected `auto` or a duration such as `10m`, found integer `5`
    5 | interval = 5
      |            ^",
        "w.toml:6:1: unknown key `concurency`
    6 | concurency = 3
      | ^^^^^^^^^^
  hint: there is a key named `concurrency`",
        "w.toml:7:12: `max_body`: expected a size such as `512KiB` or `10MiB`, found `10`
    7 | max_body = \"10\"
      |            ^^^^",
        "w.toml:10:7: `url`: expected a string, found integer `5`
   10 | url = 5
      |       ^",
        "w.toml:11:14: `tags`: expected a string, found integer `7`
   11 | tags = [\"a\", 7]
      |              ^",
        "w.toml:12:12: `interval`: expected `auto` or a duration such as `10m`, found `5 minutes`
   12 | interval = \"5 minutes\"
      |            ^^^^^^^^^^^",
        "w.toml:13:15: unknown value `G` for `reliability`
   13 | reliability = \"G\"
      |               ^^^
  hint: known here: A, B, C, D, E, F",
        "w.toml:16:12: unknown value `hgh` for `severity`
   16 | severity = \"hgh\"
      |            ^^^^^
  hint: there is `high`",
        "w.toml:17:13: `on_update` is not yet built
   17 | on_update = true
      |             ^^^^",
        "w.toml:18:9: unknown value `some` for `match`
   18 | match = \"some\"
      |         ^^^^^^
  hint: known here: any, all",
    ];
    assert_eq!(found, expected);
}

#[test]
fn terms_and_numbers_of_a_watch_say_what_they_may_be() {
    let text = r#"
[[watch]]
terms = ["ship", { term = "a", weight = 0 }, { term = "b", wieght = 1 }, { weight = 2 }, 5,
  { term = "\"a b\"~0" }, { term = "c", weight = 100.5 }, '"d e"~2 f']
exclude = [{ term = "x", weight = 2 }]
threshold = nan
cities = "yes"
[[watch]]
threshold = -1
languages = "en"
[[watch]]
threshold = "high"
[[topic]]
terms = [{ term = "x" }, '"a b"~4']
"#;
    let found = problems(&[("w.toml", text)]);
    let messages: Vec<&str> =
        found.iter().map(|problem| problem.lines().next().expect("a line")).collect();
    let weight = "`weight`: expected a number above 0 and at most 100, found";
    let threshold = "`threshold`: expected a number above 0 and at most 1000, found";
    assert_eq!(
        messages,
        [
            format!("w.toml:3:41: {weight} integer `0`").as_str(),
            "w.toml:3:60: unknown key `wieght`",
            "w.toml:3:74: `terms`: missing `term`",
            "w.toml:3:90: `terms`: expected a word, a phrase, a `prefix*` or \
             `{ term = \"…\", weight = 2 }`, found integer `5`",
            "w.toml:4:3: `terms`: `~0` has no number of words from 1 to 50",
            &format!("w.toml:4:50: {weight} floating point `100.5`"),
            "w.toml:4:59: `terms`: there is no operator before `f`",
            "w.toml:5:12: `exclude`: what is excluded has no weight: write it as text",
            &format!("w.toml:6:13: {threshold} floating point `NaN`"),
            "w.toml:7:10: `cities`: expected a boolean, found string \"yes\"",
            &format!("w.toml:9:13: {threshold} integer `-1`"),
            "w.toml:10:13: `languages`: expected a sequence, found string \"en\"",
            &format!("w.toml:12:13: {threshold} string \"high\""),
            "w.toml:14:10: `terms`: the term of a topic has no weight: write it as text",
            "w.toml:14:26: `terms`: words together (`\"…\"~n`) are for `terms` and `exclude` of a watch",
        ]
    );
}

#[test]
fn syntax_errors_are_told_all_and_with_their_place() {
    let found = problems(&[("w.toml", "a = \n[[feed]]\nurl = \"x\nname = 'y'\n")]);
    assert_eq!(
        found,
        [
            "w.toml:1:1: unknown key `a`
    1 | a =
      | ^",
            "w.toml:1:5: not valid TOML: string values must be quoted, expected literal string
    1 | a =
      |     ^",
            "w.toml:3:9: not valid TOML: invalid basic string, expected `\"`
    3 | url = \"x
      |         ^",
        ]
    );
}

#[test]
fn a_key_may_stand_in_a_file_or_the_environment() {
    let text = "[[feed]]\nurl_file = \"url\"\nname = \"${PATH}\"\n";
    assert_eq!(problems(&[("w.toml", text), ("url", "https://a.example/\n")]), [""; 0]);

    let text = "[web]\ntoken_file = \"token\"\nlisten = \"off\"\n";
    assert_eq!(problems(&[("w.toml", text), ("token", "abc")]), [""; 0]);

    let text = "[[feed]]\nurl_file = \"nowhere\"\nname = \"${WIREWATCH_NOT_SET}\"\n";
    assert_eq!(
        problems(&[("w.toml", text)]),
        [
            "w.toml:2:12: cannot read `nowhere`: No such file or directory (os error 2)
    2 | url_file = \"nowhere\"
      |            ^^^^^^^^^",
            "w.toml:3:8: environment variable `WIREWATCH_NOT_SET` is not set
    3 | name = \"${WIREWATCH_NOT_SET}\"
      |        ^^^^^^^^^^^^^^^^^^^^^^",
        ]
    );

    let text = "[[feed]]\nurl_file = \"u\"\nurl = \"https://a.example/\"\n";
    assert_eq!(
        problems(&[("w.toml", text), ("u", "https://b.example/")]),
        ["w.toml:2:1: both `url` and `url_file` are given
    2 | url_file = \"u\"
      | ^^^^^^^^"]
    );
}

#[test]
fn included_files_hold_elements_only() {
    let main = "include = [\"feeds/*.toml\", \"nowhere/*.toml\"]\n";
    let found = problems(&[
        ("w.toml", main),
        ("feeds/b.toml", "[[feed]]\nurl = \"https://b.example/\"\n"),
        ("feeds/a.toml", "[polling]\ninterval = \"5m\"\n[[fed]]\nurl = \"x\"\n"),
    ]);
    assert_eq!(
        found,
        [
            "feeds/a.toml:1:2: `[polling]` belongs in the main file
    1 | [polling]
      |  ^^^^^^^
  hint: included files hold feeds, topics, regions, watches, notifiers"
                .replace("`[polling]`", "`polling`"),
            "feeds/a.toml:3:3: unknown key `fed`
    3 | [[fed]]
      |   ^^^
  hint: there is `feed`"
                .to_owned(),
            "w.toml:1:28: `nowhere/*.toml` names no file
    1 | include = [\"feeds/*.toml\", \"nowhere/*.toml\"]
      |                            ^^^^^^^^^^^^^^^^"
                .to_owned(),
        ]
    );
}

#[test]
fn stages_that_are_not_built_are_refused_aloud() {
    let text = r#"
[articles]
fetch = "unmatched"
allow_private = ["10.0.0.0/8"]
[[watch]]
min_sources = 2
budget = "20/day"
[[notifier]]
quiet = { hours = "22:00-07:00" }
type = "slack"
"#;
    let found = problems(&[("w.toml", text)]);
    let messages: Vec<&str> =
        found.iter().map(|problem| problem.lines().next().expect("a line")).collect();
    assert_eq!(
        messages,
        [
            "w.toml:3:9: `fetch = \"unmatched\"` is not yet built",
            "w.toml:4:17: `allow_private` is not yet built",
            "w.toml:6:15: `min_sources` is not yet built",
            "w.toml:7:10: `budget` is not yet built",
            "w.toml:9:9: `quiet` is not yet built",
            "w.toml:10:8: notifier type `slack` is not yet built",
        ]
    );
    assert_eq!(problems(&[("w.toml", "[articles]\nfetch = \"never\"\n")]), [""; 0]);
}

#[test]
fn what_came_from_elsewhere_is_shown_as_it_was_written() {
    let folder = TempDir::new().expect("a temporary folder");
    let home = std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    fs::write(folder.path().join("key"), "s3cr3t-of-soc\n").expect("a file");
    let path = folder.path().join("w.toml");
    let text = "[log]\nlevel = \"${CARGO_MANIFEST_DIR}\"\n[polling]\ninterval_file = \"key\"\n";
    fs::write(&path, text).expect("a file");
    let mut config = Config::load(Some(&path)).expect("readable");
    let mut problems = std::mem::take(&mut config.problems);
    config.hide_resolved(&mut problems);
    Problem::sort(&mut problems);
    let said: Vec<String> = problems.iter().map(Problem::in_one_line).collect();
    let said: Vec<&str> =
        said.iter().map(|it| it.split_once("w.toml:").expect("a place").1).collect();
    assert_eq!(
        said,
        [
            "2:9: unknown value `${CARGO_MANIFEST_DIR}` for `level`; \
             known here: error, warn, info, debug, trace",
            "4:17: `interval`: expected `auto` or a duration such as `10m`, found `<from key>`",
        ]
    );
    let shown = format!("{config:?}");
    assert!(!shown.contains("s3cr3t") && !shown.contains(&home), "{shown}");
}

#[test]
fn an_include_leaves_nothing_out_in_silence() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("w.toml");
    fs::write(&path, "include = [\"*.toml\"]\n[web]\nlisten = \"off\"\n").expect("a file");
    std::os::unix::fs::symlink("nowhere", folder.path().join("link.toml")).expect("a link");
    let config = Config::load(Some(&path)).expect("readable");
    let said: Vec<String> = config.problems.iter().map(Problem::in_one_line).collect();
    let link = folder.path().join("link.toml").display().to_string();
    let expected = format!("{link}: cannot be read: No such file or directory (os error 2)");
    assert_eq!(said, [expected], "and the main file does not include itself");
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_name() {
    let missing = Config::load(Some(Path::new("nowhere/w.toml"))).expect_err("no such file");
    assert_eq!(
        missing.to_string(),
        "nowhere/w.toml: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn an_element_remembers_which_keys_were_written_wrongly() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("w.toml");
    fs::write(&path, "[[feed]]\nurl = 5\n").expect("a file");
    let config = Config::load(Some(&path)).expect("readable");
    assert!(config.feeds[0].missing("url").is_none());
    let missing = config.feeds[0].missing("name").expect("never written");
    assert_eq!(missing.line_and_column(), Some((1, 1)));
    assert_eq!(missing.message(), "missing `name`");
}
