//! What the demo prints: alerts as a person would like to read them.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;

use super::outlets::Outlets;
use super::receiver::Taken;
use crate::app::Clock;
use crate::cli::table::plain;
use crate::store::Books;

/// What has been seen so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) published: usize,
    pub(super) alerts: usize,
    pub(super) repeated: usize,
    pub(super) refused: usize,
}

/// Where everything is.
pub(super) fn opening(outlets: &Outlets, feeds: SocketAddr, inbox: SocketAddr, folder: &Path) {
    let languages: std::collections::BTreeSet<&str> =
        outlets.all.iter().map(|outlet| outlet.language).collect();
    println!(
        "wirewatch demo: the real daemon, {} invented outlets in {} languages, two watches.",
        outlets.all.len(),
        languages.len()
    );
    println!("Everything stays on this machine and is gone afterwards.\n");
    println!("  feeds     http://{feeds}/…  recorded, published item by item, polled every second");
    println!("  receiver  http://{inbox}/alerts  checks the signature of every webhook");
    println!("  store     {}", folder.join("wirewatch.db").display());
    println!(
        "  watches   “East China Sea” (a region, in any language), “Japan–US–South Korea cooperation”\n"
    );
    println!(
        "Each outlet's oldest item is the baseline: seen, not alerted. Now the news comes in.\n"
    );
}

/// A headline went out.
pub(super) fn published(clock: &Clock, headline: &str) {
    println!("{}  {}", time(clock), faint(&plain(headline)));
}

/// Something came to the receiver.
pub(super) fn delivery(clock: &Clock, taken: &Taken, tally: &mut Tally) {
    match taken {
        Taken::Alert { id, tries, body } => {
            tally.alerts += 1;
            alert(clock, id, *tries, body);
        }
        Taken::Stumbled { id } => {
            tally.repeated += 1;
            println!(
                "{}  the receiver answers 503, on purpose: {id} will come again\n",
                time(clock)
            );
        }
        Taken::Refused { reason } => {
            tally.refused += 1;
            println!("{}  REFUSED by the receiver: {}\n", time(clock), plain(reason));
        }
    }
}

fn alert(clock: &Clock, id: &str, tries: usize, body: &Value) {
    let data = &body["data"];
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let list = |value: &Value| {
        let words = value.as_array().into_iter().flatten().map(&text);
        words.collect::<Vec<_>>().join(" ")
    };
    let item = &data["item"];
    let severity = text(&data["severity"]).to_uppercase();
    println!(
        "\n{}  {} {}",
        time(clock),
        bold(&format!("▶ {severity}")),
        bold(&text(&data["watch"]["name"]))
    );
    println!("          {}", text(&item["title"]));
    println!(
        "          {} ({})  {}",
        text(&item["feed"]["name"]),
        text(&item["language"]),
        text(&item["url"])
    );
    for (index, evidence) in data["evidence"].as_array().into_iter().flatten().take(3).enumerate() {
        let words = text(&evidence["text"]);
        println!(
            "{}{} “{}” in the {}: {}",
            if index == 0 { "          because  " } else { "                   " },
            text(&evidence["name"]),
            bold(&words),
            text(&evidence["field"]),
            text(&evidence["snippet"]).replace(&words, &bold(&words)),
        );
    }
    println!(
        "          places   {}  {}",
        list(&data["places"]["countries"]),
        list(&data["places"]["regions"])
    );
    let again = if tries > 1 { format!(", try {tries} with the same id") } else { String::new() };
    println!("          score {}, signature good{again}  {}\n", data["score"], faint(id));
}

/// What it came to.
pub(super) fn closing(tally: &Tally, books: &Books) {
    println!(
        "\nDone. {} items published, {} alerts, every signature good{}.",
        tally.published,
        tally.alerts,
        if tally.refused > 0 { format!(" but {}", tally.refused) } else { String::new() }
    );
    println!(
        "The books: {} deliveries = {} delivered + {} pending + {} dead.",
        books.deliveries(),
        books.delivered,
        books.pending + books.in_flight,
        books.dead
    );
    println!(
        "\nYour turn: copy `config/`, edit its watchlists, then `wirewatch check` and `wirewatch run`."
    );
}

fn time(clock: &Clock) -> String {
    clock.now().strftime("%H:%M:%S").to_string()
}

/// Bold where standard output is a terminal that wants colour (<https://no-color.org>).
fn bold(text: &str) -> String {
    styled("1", text)
}

fn faint(text: &str) -> String {
    styled("2", text)
}

fn styled(style: &str, text: &str) -> String {
    let wanted = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    if wanted { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
}
