//! Who may name whom: the table, and a reader of `src/` that holds the code to it.
//!
//! The sources are read as text. A new arrow is a design decision, so it is written into
//! [`ARROWS`] and shows in the diff; an arrow that nobody draws any more is taken out of it. The
//! same reader wants a header in every file, and a reason for one that is very long.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each module and what it may name, from the ground up: a row names only rows above it, so
/// there is no way back. `a::b` allows what lies under it and nothing else of `a`.
const ARROWS: &[(&str, &[&str])] = &[
    ("problem", &[]),
    ("setting", &[]),
    ("telemetry", &[]),
    ("text", &[]),
    ("gazetteer", &["problem", "text"]),
    ("article", &["text"]),
    ("net", &["setting"]),
    ("feed", &["net", "problem", "setting", "text"]),
    ("watch", &["feed", "gazetteer", "problem", "setting", "text"]),
    ("story", &["feed"]),
    ("alert", &["feed", "gazetteer", "setting", "story", "watch"]),
    ("notify", &["alert", "net", "problem", "setting"]),
    ("store", &["alert", "feed", "notify", "setting"]),
    ("web", &["problem"]),
    ("config", &["feed", "notify", "problem", "setting", "store", "telemetry", "watch", "web"]),
    (
        "app",
        &[
            "alert", "config", "feed", "net", "notify", "problem", "setting", "store", "watch",
            "web",
        ],
    ),
    // `notify::sign` alone: the demo's receiver checks signatures as any receiver would.
    (
        "cli",
        &[
            "alert",
            "app",
            "article",
            "config",
            "feed",
            "gazetteer",
            "net::Client",
            "notify::sign",
            "problem",
            "setting",
            "store",
            "telemetry",
            "text::fold",
            "text::html",
            "watch",
        ],
    ),
    // The door for `tests/bench`.
    (
        "bench",
        &[
            "app::Rules",
            "config",
            "feed::Item",
            "feed::parse",
            "gazetteer",
            "problem",
            "text::fold",
            "watch",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// Lines that a file may have: past this it usually holds two ideas.
const LINES_MAX: usize = 500;
/// Files that may be longer.
const LONG: &[&str] = &[];

#[test]
fn the_sources_are_as_the_table_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    read(root, Path::new("src"), &mut files);
    read(root, Path::new("tests/it"), &mut files);
    assert!(files.len() > 60, "only {} files were found", files.len());
    let faults = faults(ARROWS, LONG, &files);
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// All Rust files under `folder`: their paths and texts.
fn read(root: &Path, folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(root.join(folder)).expect("a folder of ours") {
        let path = folder.join(entry.expect("readable").file_name());
        if root.join(&path).is_dir() {
            read(root, &path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(root.join(&path)).expect("UTF-8");
            into.push((path.to_str().expect("ASCII").to_owned(), text));
        }
    }
}

/// All that is wrong with `files`, and with the table itself.
fn faults(table: &[(&str, &[&str])], long: &[&str], files: &[(String, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut drawn = BTreeSet::new();
    let mut modules = BTreeSet::new();
    for (path, text) in files {
        if !text.starts_with("//! ") {
            faults.push(format!("{path}: the first line is no `//!` header"));
        }
        let lines = text.lines().count();
        match (lines > LINES_MAX, long.contains(&path.as_str())) {
            (true, false) => faults.push(format!("{path}: {lines} lines, more than {LINES_MAX}")),
            (false, true) => faults.push(format!("{path}: is listed as long and is not")),
            _ => {}
        }
        let Some(inside) = path.strip_prefix("src/") else { continue };
        let place = place(inside);
        let module = place[0].clone();
        for named in named(&place, text) {
            let row = table.iter().find(|(name, _)| *name == module).map(|(_, may)| *may);
            let allowed = row.unwrap_or_default().iter().find(|may| lies_under(&named, may));
            match allowed {
                Some(may) => drop(drawn.insert((module.clone(), (*may).to_owned()))),
                None if named.split("::").next() == Some(&module) => {}
                None => faults.push(format!("{path}: `{module}` may not name `{named}`")),
            }
        }
        modules.insert(module);
    }
    let mut above = BTreeSet::new();
    for (module, may) in table {
        if !modules.remove(*module) {
            faults.push(format!("the table has `{module}`, which is no module"));
        }
        for named in *may {
            if !above.contains(named.split("::").next().unwrap_or_default()) {
                faults.push(format!("the table lets `{module}` name `{named}`, not above it"));
            }
            if !drawn.contains(&((*module).to_owned(), (*named).to_owned())) {
                faults.push(format!("the table lets `{module}` name `{named}`; nothing does"));
            }
        }
        above.insert(*module);
    }
    faults.extend(modules.iter().map(|module| format!("`{module}` is not in the table")));
    faults
}

fn lies_under(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The module of a file: `feed/parse/mod.rs` is `feed`, `parse`.
fn place(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').map(str::to_owned).collect()
}

/// Every path into the crate that a file names, from the root on: `crate::`, `super::`, and
/// `wirewatch::` in the binary.
fn named(place: &[String], text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let token = |at: usize| tokens.get(at).map_or("", String::as_str);
    let mut found = BTreeSet::new();
    // `mod x {` inside the file: its name, and how deep in braces it stands.
    let mut inner: Vec<(String, usize)> = Vec::new();
    let (mut depth, mut at) = (0_usize, 0);
    while at < tokens.len() {
        match (token(at), token(at + 1)) {
            ("mod", name) if token(at + 2) == "{" => inner.push((name.to_owned(), depth)),
            ("{", _) => depth += 1,
            ("}", _) => {
                depth = depth.saturating_sub(1);
                inner.pop_if(|(_, opened)| *opened == depth);
            }
            ("crate" | "wirewatch", "::") => {
                at = tree(&tokens, at + 2, &[], &mut found);
                continue;
            }
            ("super", "::") => {
                let mut here: Vec<String> = place.to_vec();
                here.extend(inner.iter().map(|(name, _)| name.clone()));
                while token(at) == "super" && token(at + 1) == "::" {
                    here.pop();
                    at += 2;
                }
                at = tree(&tokens, at, &here, &mut found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads `a::{b, c::d}` from `at` on, below `root`; where it ends.
fn tree(tokens: &[String], mut at: usize, root: &[String], found: &mut BTreeSet<String>) -> usize {
    let token = |at: usize| tokens.get(at).map_or("", String::as_str);
    if token(at) == "{" {
        while !matches!(token(at), "}" | "") {
            at = tree(tokens, at + 1, root, found);
        }
        return at + 1;
    }
    let is_name = |token: &str| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut path = root.to_vec();
    if is_name(token(at)) && token(at) != "self" {
        path.push(token(at).to_owned());
    }
    if token(at + 1) == "::" && (is_name(token(at + 2)) || token(at + 2) == "{") {
        return tree(tokens, at + 2, &path, found);
    }
    if !path.is_empty() {
        found.insert(path.join("::"));
    }
    if token(at) == "}" { at } else { at + 1 }
}

/// Words, `::` and single signs of Rust code; no comments, no strings, no character literals.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if first == '"' {
            1 + end_of(&rest[1..], '"')
        } else if let Some(character) = character(rest) {
            character
        } else if word > 0 {
            tokens.push(rest[..word].to_owned());
            word
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    tokens
}

/// The length of the raw string that `text` starts with.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r')?.chars().take_while(|c| *c == '#').count();
    let body = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(2 + hashes + body.find(&end)? + end.len())
}

/// The length of the character literal that `text` starts with; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('\'')?;
    let first = rest.chars().next()?;
    if first == '\\' {
        return Some(1 + end_of(rest, '\''));
    }
    rest[first.len_utf8()..].starts_with('\'').then_some(2 + first.len_utf8())
}

/// How far it is to past the next `quote` that no backslash stands before.
fn end_of(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

#[test]
fn a_path_is_found_however_it_is_written() {
    #[track_caller]
    fn check(file: &str, text: &str, expected: &[&str]) {
        let found: Vec<String> = named(&place(file), text).into_iter().collect();
        assert_eq!(found, expected, "{text}");
    }
    check("feed/fetch.rs", "use crate::net::{self, retry_after};", &["net", "net::retry_after"]);
    check("feed/mod.rs", "use crate::{a, b::{c, d::e}, f::*};", &["a", "b::c", "b::d::e", "f"]);
    check(
        "feed/mod.rs",
        "fn f() -> crate::net::Body<crate::text::T> {}",
        &["net::Body", "text::T"],
    );
    check("feed/mod.rs", "crate::text::fold::<u8>(x); pub(crate) fn g() {}", &["text::fold"]);
    check("feed/mod.rs", "pub(in crate::feed) struct A;", &["feed"]);
    check("feed/parse/mod.rs", "use super::Item; use super::super::net;", &["feed::Item", "net"]);
    check("feed/mod.rs", "use super::store::Store;", &["store::Store"]);
    check("feed/mod.rs", "mod tests { use super::*; use super::super::app; }", &["app", "feed"]);
    check("feed/mod.rs", "mod a { fn f() {} } use super::app::x;", &["app::x"]);
    check("main.rs", "use wirewatch::cli; cli::run()", &["cli"]);
    check("feed/mod.rs", "// crate::app\n/// [`crate::app`]\n//! crate::app\n", &[]);
    check("feed/mod.rs", r##"let a = "crate::app \" crate::app"; r#"crate::"app"#;"##, &[]);
    check(
        "feed/mod.rs",
        r"let q = ('\'', '\\', '{', '尖'); fn f<'a>(x: &'a crate::net::A) {}",
        &["net::A"],
    );
    check("feed/mod.rs", "use crate::{", &[]);
}

#[test]
fn every_fault_is_found() {
    #[track_caller]
    fn check(table: &[(&str, &[&str])], change: (&str, &str), expected: &[&str]) {
        let mut files = [
            ("src/net/mod.rs", "//! Net.\n"),
            ("src/feed/mod.rs", "//! Feed.\nuse crate::net::Client;\n"),
            ("src/cli/run.rs", "//! Run.\nuse crate::feed::Feed;\nuse super::table;\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .to_vec();
        files.retain(|(path, _)| path != change.0);
        files.push((change.0.to_owned(), change.1.to_owned()));
        assert_eq!(faults(table, &["src/long.rs"], &files), expected);
    }
    let table: &[(&str, &[&str])] = &[("net", &[]), ("feed", &["net"]), ("cli", &["feed::Feed"])];
    check(table, ("tests/it/main.rs", "//! Tests.\n"), &[]);
    check(
        table,
        ("tests/it/main.rs", "mod a;\n"),
        &["tests/it/main.rs: the first line is no `//!` header"],
    );
    check(
        table,
        ("src/net/guard.rs", "//! Guard.\nuse crate::feed::Feed;\n"),
        &["src/net/guard.rs: `net` may not name `feed::Feed`"],
    );
    check(
        table,
        ("src/cli/table.rs", "//! T.\nuse crate::feed::Feeds;\n"),
        &["src/cli/table.rs: `cli` may not name `feed::Feeds`"],
    );
    check(
        table,
        ("src/feed/mod.rs", "//! Feed.\n"),
        &["the table lets `feed` name `net`; nothing does"],
    );
    check(table, ("src/web/mod.rs", "//! Web.\n"), &["`web` is not in the table"]);
    let long = format!("//! Long.\n{}", "\n".repeat(LINES_MAX));
    check(table, ("src/net/long.rs", &long), &["src/net/long.rs: 501 lines, more than 500"]);
    check(
        &[("net", &["feed"]), ("feed", &["net"]), ("cli", &["feed::Feed"]), ("web", &[])],
        ("src/net/guard.rs", "//! Guard.\nuse crate::feed::Feed;\n"),
        &[
            "the table lets `net` name `feed`, not above it",
            "the table has `web`, which is no module",
        ],
    );
    let listed = faults(
        &[("long", &[])],
        &["src/long.rs"],
        &[("src/long.rs".to_owned(), "//! Short.\n".to_owned())],
    );
    assert_eq!(listed, ["src/long.rs: is listed as long and is not"]);
}
