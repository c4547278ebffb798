//! What the demo prints: alerts as a person would like to read them.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;
use unicode_width::UnicodeWidthChar as _;

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
        "{}  {} {}",
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
    let evidence = data["evidence"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, evidence) in telling(evidence).into_iter().enumerate() {
        let words = text(&evidence["text"]);
        // The headline stands above; another field is shown where the words are.
        let place = match evidence["field"].as_str() {
            Some("title") => "headline".to_owned(),
            _ => format!(
                "{}: {}",
                text(&evidence["field"]),
                near(&text(&evidence["snippet"]), &words).replace(&words, &bold(&words))
            ),
        };
        let name = text(&evidence["name"]);
        let says_more = name.trim_end_matches('*').to_lowercase() != words.to_lowercase();
        println!(
            "          {}  {}“{}” in the {place}",
            if index == 0 { "because" } else { "       " },
            if says_more { format!("{name}: ") } else { String::new() },
            bold(&words),
        );
    }
    let places = [list(&data["places"]["countries"]), list(&data["places"]["regions"])];
    let places: Vec<String> = places.into_iter().filter(|names| !names.is_empty()).collect();
    println!("          places   {}", places.join(" · "));
    let again = if tries > 1 { format!(", try {tries} with the same id") } else { String::new() };
    println!("          score {}, signature good{again}  {}\n", data["score"], faint(id));
}

/// Pieces of evidence that an alert shows.
const EVIDENCE_SHOWN: usize = 3;
/// Columns of a snippet on each side of the words that were found.
const AROUND_COLUMNS: usize = 30;

/// The pieces that tell most: one of each kind first, then others whose words were not shown.
fn telling(evidence: &[Value]) -> Vec<&Value> {
    let mut shown: Vec<&Value> = Vec::new();
    for key in ["kind", "text"] {
        for piece in evidence {
            let is_new = shown.iter().all(|known| known[key] != piece[key]);
            if is_new && shown.len() < EVIDENCE_SHOWN {
                shown.push(piece);
            }
        }
    }
    shown
}

/// As much of a snippet as a line has room for.
fn near(snippet: &str, words: &str) -> String {
    fn room(chars: impl Iterator<Item = char>) -> usize {
        let mut columns = 0;
        let fits = chars.take_while(|c| {
            columns += c.width().unwrap_or(0);
            columns <= AROUND_COLUMNS
        });
        fits.map(char::len_utf8).sum()
    }
    let Some((mut before, mut after)) = snippet.split_once(words) else {
        return snippet.to_owned();
    };
    let (mut front, mut back) = ("", "");
    let from = before.len() - room(before.chars().rev());
    if from > 0 {
        let cut = &before[from..];
        (before, front) = (cut.split_once(' ').map_or(cut, |(_, whole)| whole), "…");
    }
    let to = room(after.chars());
    if to < after.len() {
        let cut = &after[..to];
        (after, back) = (cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole), "…");
    }
    format!("{front}{before}{words}{after}{back}")
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_of_evidence_is_shown_before_more_of_one() {
        let piece = |kind: &str, text: &str| json!({ "kind": kind, "text": text });
        let evidence = [
            piece("country", "Japan"),
            piece("country", "Japan"),
            piece("country", "US"),
            piece("country", "Seoul"),
            piece("term", "three-way"),
        ];
        let shown: Vec<&str> =
            telling(&evidence).iter().filter_map(|piece| piece["text"].as_str()).collect();
        assert_eq!(shown, ["Japan", "three-way", "US"]);
    }

    #[test]
    fn a_snippet_is_cut_to_what_a_line_holds() {
        #[track_caller]
        fn check(snippet: &str, words: &str, expected: &str) {
            assert_eq!(near(snippet, words), expected);
        }
        check("Off the East China Sea.", "East China Sea", "Off the East China Sea.");
        check(
            "…one two three four five six seven eight SEA one two three four five six seven eight",
            "SEA",
            "…four five six seven eight SEA one two three four five six…",
        );
        check(
            "一二三四五六七八九十一二三四五六七尖閣一二三四五六七八九十一二三四五六七",
            "尖閣",
            "…三四五六七八九十一二三四五六七尖閣一二三四五六七八九十一二三四五…",
        );
        check("no such words", "elsewhere", "no such words");
    }
}
