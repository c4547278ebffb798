//! `wirewatch demo`: the tour that a stranger takes first.

use std::path::Path;

use crate::support::process::Process;

#[tokio::test]
async fn the_demo_shows_why_and_its_books_balance() {
    let told = Process::start(&["demo", "--pace", "50ms"]).ends().await;
    assert_eq!((told.code(), told.stderr.as_str()), (Some(0), ""));
    let shown = &told.stdout;

    // The demonstration: two seas in one phrase, found in a story that is about a treaty.
    let alert = block(shown, "East China Sea", "Japan, US, South Korea sign first framework");
    assert!(
        alert.contains(
            "because  East China Sea: “East and South China seas” in the summary: …of rival \
             navies crowd the East and South China seas.\n"
        ),
        "{alert}"
    );
    assert!(alert.contains("places   JP KR US · east-china-sea south-china-sea"), "{alert}");

    let alerts = shown.matches("▶ ").count();
    assert_eq!(shown.matches(", signature good").count(), alerts);
    assert_eq!(shown.matches("signature good, try 2 with the same id").count(), 1);
    let end = format!(
        "\nDone. 36 items published, {alerts} alerts, every signature good.\n\
         The books: {alerts} deliveries = {alerts} delivered + 0 pending + 0 dead.\n\n\
         Your turn: copy `config/`, edit its watchlists, then `wirewatch check` and `wirewatch run`.\n"
    );
    assert!(shown.ends_with(&end), "{shown}");
    for decoy in ["Georgia Star", "华东师范大学", "동해안", "東海道新幹線", "New Mexico"]
    {
        assert!(shown.contains(decoy), "{decoy} is no longer published");
        assert!(!told_of(shown).iter().any(|title| title.contains(decoy)), "{decoy}");
    }

    let store = shown.lines().find_map(|line| line.strip_prefix("  store     ")).expect("a store");
    assert!(!Path::new(store).exists(), "{store} is left behind");
}

/// What is printed of the alert that `watch` has on `title`.
fn block<'a>(shown: &'a str, watch: &str, title: &str) -> &'a str {
    let is_it = |block: &&str| {
        let mut lines = block.lines();
        lines.next().is_some_and(|line| line.ends_with(watch))
            && lines.next().is_some_and(|line| line.trim_start().starts_with(title))
    };
    shown.split("▶ ").find(is_it).unwrap_or_else(|| panic!("no alert on {title} in {shown}"))
}

/// The titles that were alerted.
fn told_of(shown: &str) -> Vec<&str> {
    shown.split("▶ ").skip(1).filter_map(|block| block.lines().nth(1)).collect()
}
