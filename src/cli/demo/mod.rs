//! `wirewatch demo`: the two-minute tour, no network needed.
//!
//! The real daemon runs in a temporary folder. On loopback there are a server that publishes
//! recorded feeds item by item, and a receiver that checks every signature; what the receiver
//! takes is printed. Nothing is special-cased: configuration, polling, matching, the store and
//! the webhooks are those of `wirewatch run`.

mod outlets;
mod receiver;
mod show;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use self::outlets::Outlets;
use self::receiver::Receiver;
use super::Failure;
use crate::app::{App, Clock, later};
use crate::config::Config;
use crate::setting::Length;

/// What `demo` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How long to wait between two published items
    #[arg(long, default_value = "700ms", value_parser = Length::parse)]
    pace: Length,
}

/// The demo gives up after this: everything in it takes seconds.
const DEADLINE: Duration = Duration::from_secs(300);
/// Shared by the daemon and the receiver. Not a secret: it lives for one demo on loopback.
const SECRET: &str = "whsec_d2lyZXdhdGNoLWRlbW8tc2VjcmV0LW5vdC1hLXNlY3JldA==";

const WATCHLIST: &str = include_str!("../../../config/demo/watchlist.toml");

pub(super) async fn run(args: &Args) -> Result<(), Failure> {
    match tokio::time::timeout(DEADLINE, play(args.pace.0)).await {
        Ok(result) => result,
        Err(_) => Err(anyhow!("the demo did not end within 5 minutes").into()),
    }
}

async fn play(pace: Duration) -> Result<(), Failure> {
    let folder = tempfile::Builder::new()
        .prefix("wirewatch-demo-")
        .tempdir()
        .context("cannot make a temporary folder")?;
    let clock = Clock::system();
    let (took, mut taken) = mpsc::unbounded_channel();

    let outlets = Arc::new(Outlets::recorded());
    let feeds = TcpListener::bind("127.0.0.1:0").await.context("cannot listen on 127.0.0.1")?;
    let feeds_address = feeds.local_addr().context("bound above")?;
    tokio::spawn(outlets::serve(feeds, Arc::clone(&outlets)));
    let inbox = TcpListener::bind("127.0.0.1:0").await.context("cannot listen on 127.0.0.1")?;
    let inbox_address = inbox.local_addr().context("bound above")?;
    tokio::spawn(receiver::serve(inbox, Receiver::new(SECRET, clock.clone(), took)));

    let mut main = settings(folder.path(), &format!("http://{inbox_address}/alerts"));
    main.push_str(&outlets.as_config(&format!("http://{feeds_address}")));
    let path = folder.path().join("wirewatch.toml");
    std::fs::write(&path, main).context("cannot write the demo's configuration")?;
    std::fs::write(folder.path().join("watchlist.toml"), WATCHLIST)
        .context("cannot write the demo's watchlist")?;

    show::opening(&outlets, feeds_address, inbox_address, folder.path());
    let app = App::start(Config::load(Some(&path))?, clock.clone()).await?;

    // The oldest item of each outlet is there from the start: the baseline, never alerted.
    outlets.until_served().await;
    let mut tally = show::Tally::default();
    while let Some(headline) = outlets.publish_next() {
        show::published(&clock, &headline);
        tally.published += 1;
        let next = later(clock.now(), pace);
        loop {
            tokio::select! {
                () = clock.sleep_until(next) => break,
                Some(delivery) = taken.recv() => show::delivery(&clock, &delivery, &mut tally),
            }
        }
    }
    outlets.until_served().await;
    let books = loop {
        let books = app.books().await.context("cannot read the store")?;
        while let Ok(delivery) = taken.try_recv() {
            show::delivery(&clock, &delivery, &mut tally);
        }
        // An outlet's last page has been served; it is recorded within a poll or so.
        if books.settled() && outlets.settled() {
            break books;
        }
        clock.sleep_until(later(clock.now(), Duration::from_millis(100))).await;
    };
    app.stop().await;
    while let Ok(delivery) = taken.try_recv() {
        show::delivery(&clock, &delivery, &mut tally);
    }
    show::closing(&tally, &books);
    if tally.refused > 0 || tally.alerts == 0 {
        let show::Tally { alerts, refused, .. } = tally;
        return Err(anyhow!("{alerts} alerts arrived, {refused} had a wrong signature").into());
    }
    Ok(())
}

/// The settings of the demo's main file; feeds follow.
fn settings(folder: &Path, receiver: &str) -> String {
    let store = folder.join("wirewatch.db");
    format!(
        r#"include = ["watchlist.toml"]
[store]
url = "sqlite:{}"
[polling]
interval = "1s"
allow_private = ["127.0.0.0/8"]
[web]
listen = "off"
[[notifier]]
name = "desk"
type = "webhook"
url = "{receiver}"
secret = "{SECRET}"
"#,
        store.display()
    )
}
