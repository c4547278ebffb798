//! `feeds find`: the feeds that a page names.

use anyhow::{Context as _, anyhow};
use serde::Serialize;
use url::Url;

use super::Settings;
use crate::cli::{Failure, document, say, say_json, table};
use crate::feed::fetch::Body;
use crate::feed::parse::page::{self, NamedFeed};
use crate::feed::parse::{decoded, parse};

/// Where sites have their feeds that do not say so.
const WELL_KNOWN: [&str; 7] =
    ["/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json"];

/// What `feeds find` takes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The address of a page: a site's front page, say
    #[arg(value_name = "URL")]
    url: String,
    /// Ask at the usual places too where the page names none: one request each
    #[arg(long)]
    guess: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    url: Url,
    kind: String,
    title: String,
}

pub(super) async fn run(settings: &Settings, args: &Args) -> Result<(), Failure> {
    let url = document::address(&args.url)?;
    let url = url.with_context(|| format!("`{}` is no http or https address", args.url))?;
    let body = document::fetched(&url, &settings.polling).await;
    let body = body.map_err(|refusal| refusal.told(&url))?;
    let at = body.final_url.clone();
    let mut rows = off_thread(move || feeds_of(&body)).await?;
    if rows.is_empty() && args.guess {
        for path in WELL_KNOWN {
            rows.extend(guessed(&at, path, settings).await?);
        }
    }
    if rows.is_empty() {
        return Err(nothing(&url, args).into());
    }
    if args.json {
        return say_json(&rows);
    }
    let cells = |row: &Row| vec![row.kind.clone(), row.url.to_string(), row.title.clone()];
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    say(&table::lines(&["KIND", "URL", "TITLE"], &cells))
}

fn nothing(url: &Url, args: &Args) -> anyhow::Error {
    if args.guess {
        return anyhow!("`{url}` names no feed, and there is none at the usual places");
    }
    anyhow!("`{url}` names no feed; `--guess` asks at the usual places too")
}

/// The document itself where it is a feed, else the feeds that it names.
fn feeds_of(body: &Body) -> Vec<Row> {
    if let Some(row) = feed(body) {
        return vec![row];
    }
    let named = decoded(body).map(|text| page::named_feeds(&text, &body.final_url));
    let row = |NamedFeed { url, kind, title }| Row { url, kind: kind.to_owned(), title };
    named.unwrap_or_default().into_iter().map(row).collect()
}

fn feed(body: &Body) -> Option<Row> {
    let document = parse(body, None).ok()?;
    let kind = document.format.to_string();
    Some(Row { url: body.final_url.clone(), kind, title: document.title })
}

/// The feed at one of the usual places of a site, if there is one.
async fn guessed(site: &Url, path: &str, settings: &Settings) -> anyhow::Result<Option<Row>> {
    let url = site.join(path).context("no such place")?;
    match document::fetched(&url, &settings.polling).await {
        Ok(body) => off_thread(move || feed(&body)).await,
        Err(_) => Ok(None),
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await.context("reading stopped")
}
