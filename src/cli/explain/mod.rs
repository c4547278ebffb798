//! `wirewatch explain`: what each watch makes of a text, and why.

mod jsonl;
mod report;
mod show;
mod source;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter};
use std::path::Path;

use anyhow::Context as _;

use super::{Failure, say, say_json};
use crate::app::Rules;
use crate::config::Config;
use crate::feed::{self, Feed, FeedId, Item, Polling};
use crate::watch::Matcher;

use report::Report;
use show::Watches;
use source::Said;

/// What `explain` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A text as it is, a file (text, HTML or a feed), an http or https address, or `-` for
    /// standard input
    #[arg(value_name = "TEXT|FILE|URL|-", required_unless_present_any = ["title", "jsonl"])]
    source: Option<String>,
    /// The headline of the text
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The language of the text (BCP 47): `en`, `zh-Hant`; told from the text where absent
    #[arg(long, value_name = "TAG", value_parser = language)]
    language: Option<String>,
    /// The watches that nothing was found for, too, one by one
    #[arg(long)]
    all: bool,
    /// As JSON: a list with an entry for each item
    #[arg(long)]
    json: bool,
    /// Read `{"id","title","text"}` a line, from a file or standard input, and write what is found
    /// a line
    #[arg(long, conflicts_with_all = ["title", "language", "all", "json"])]
    jsonl: bool,
}

fn language(text: &str) -> Result<String, String> {
    let mut parts = text.split('-');
    let is_tag = parts.next().is_some_and(|it| (2..=3).contains(&it.len()))
        && text.split('-').all(|it| (1..=8).contains(&it.len()))
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let wrong = || "expected a language such as `en` or `zh-Hant`".to_owned();
    is_tag.then(|| text.to_owned()).ok_or_else(wrong)
}

/// What texts are held against.
struct Known {
    matcher: Matcher,
    feeds: Vec<Feed>,
    polling: Polling,
    is_configured: bool,
}

pub(super) async fn run(path: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let known = known(path).await?;
    if args.jsonl {
        let from = lines(args.source.as_deref())?;
        let lines = tokio::task::spawn_blocking(move || {
            jsonl::documents(&known.matcher, from, BufWriter::new(io::stdout().lock()))
        });
        return match lines.await.context("reading stopped")? {
            // A reader that has seen enough (`head`) and left is no failure.
            Err(error) if is_broken_pipe(&error) => Ok(()),
            ended => Ok(ended?),
        };
    }
    // What comes from a feed of the configuration is judged as such.
    let is_meant = |feed: &&Feed| args.source.as_deref() == Some(feed.url.as_str());
    let feed = known.feeds.iter().find(is_meant);
    let language = args.language.as_deref().or(feed.and_then(|feed| feed.language.as_deref()));
    let said = Said { title: args.title.as_deref(), language };
    let items = match &args.source {
        Some(source) => source::items(source, &said, &known.polling).await?,
        None => vec![source::text_item(String::new(), &said)],
    };
    let (is_configured, feed) = (known.is_configured, feed.map(|feed| feed.id.clone()));
    let reports =
        tokio::task::spawn_blocking(move || reports(&known.matcher, feed.as_ref(), items));
    let reports = reports.await.context("matching stopped")?;
    if args.json {
        return say_json(&reports);
    }
    let which = match (is_configured, args.all) {
        (false, _) => Watches::Unconfigured,
        (true, false) => Watches::Concerned,
        (true, true) => Watches::All,
    };
    say(&text(&reports, which))
}

/// Where the lines of `--jsonl` come from.
fn lines(source: Option<&str>) -> Result<Box<dyn BufRead + Send>, Failure> {
    match source {
        None | Some("-") => Ok(Box::new(BufReader::new(io::stdin()))),
        Some(path) => {
            let file = File::open(path).with_context(|| format!("cannot read `{path}`"))?;
            Ok(Box::new(BufReader::new(file)))
        }
    }
}

fn reports(matcher: &Matcher, feed: Option<&FeedId>, items: Vec<Item>) -> Vec<Report> {
    items.into_iter().map(|item| Report::of(matcher, feed, item)).collect()
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The reports one after the other, counted where there are several.
fn text(reports: &[Report], which: Watches) -> String {
    let count = reports.len();
    let each = reports.iter().enumerate().map(|(index, report)| {
        let head = match count {
            1 => String::new(),
            _ => format!("── item {} of {count}\n", index + 1),
        };
        head + &show::text(report, which)
    });
    each.collect::<Vec<_>>().join("\n")
}

/// The configuration; what is built in where there is none and nobody named one.
async fn known(path: Option<&Path>) -> Result<Known, Failure> {
    if path.is_none() && !Config::exists() {
        let matcher = Matcher::without_watches();
        let polling = Polling::default();
        return Ok(Known { matcher, feeds: Vec::new(), polling, is_configured: false });
    }
    let config = Config::load(path)?;
    let polling = config.polling.value.clone();
    // What is wrong with them is told with all else that is.
    let feeds = feed::compile(&config.feeds, &polling).unwrap_or_default();
    let rules = tokio::task::spawn_blocking(move || Rules::compile(&config)).await;
    let rules = rules.context("compiling stopped")?.map_err(Failure::Config)?;
    Ok(Known { matcher: rules.into_matcher(), feeds, polling, is_configured: true })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_language_is_a_tag() {
        let is_tag = |text: &str| super::language(text).is_ok();
        assert!(["en", "zh-Hant", "fil", "sr-Latn-RS"].iter().all(|it| is_tag(it)));
        assert!(["", "e", "english", "en_GB", "en-", "日本"].iter().all(|it| !is_tag(it)));
    }
}
