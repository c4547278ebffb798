//! Everything that was compiled from one configuration, swapped as one at a reload.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::alert::Route;
use crate::config::Config;
use crate::feed::{Feed, FeedId, Polling};
use crate::net::{Client, Guard};
use crate::notify::Notifier;
use crate::problem::Problem;
use crate::setting::NOT_YET_BUILT;
use crate::store::{self, Listed};
use crate::watch::{Matcher, Sources};
use crate::{feed, notify, watch, web};

/// What the daemon goes by. Immutable: a reload makes a new one.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(super) feeds: HashMap<FeedId, Arc<Feed>>,
    pub(super) matcher: Matcher,
    pub(super) notifiers: HashMap<String, Arc<Notifier>>,
    pub(super) routes: Vec<Route>,
    pub(super) polling: Polling,
    /// Fetches feeds: private addresses only as `[polling] allow_private` says.
    pub(super) feed_client: Client,
    /// Sends to receivers, which an operator may have put on private addresses.
    pub(super) receiver_client: Client,
    pub(super) store: store::Config,
    pub(super) store_path: PathBuf,
    pub(super) listen: Option<SocketAddr>,
    watch_tests: usize,
}

impl Rules {
    /// Compiles all of a configuration, or says all that is wrong with it, the problems of
    /// reading it included.
    pub(crate) fn compile(config: &Config) -> Result<Self, Vec<Problem>> {
        let mut problems = config.problems.clone();
        let mut wrong = |found: Vec<Problem>| problems.extend(found);

        let feed_names = feed::names(&config.feeds);
        let notifier_names: Vec<String> = config
            .notifiers
            .iter()
            .filter_map(|notifier| Some(notifier.name.as_ref()?.get_ref().clone()))
            .collect();
        let feeds = feed::compile(&config.feeds, &config.polling).map_err(&mut wrong).ok();
        let notifiers = notify::compile(&config.notifiers).map_err(&mut wrong).ok();
        let matcher = watch::compile(&Sources {
            watches: &config.watches,
            topics: &config.topics,
            regions: &config.regions,
            feeds: &feed_names,
            notifiers: &notifier_names,
        })
        .map_err(&mut wrong)
        .ok();
        wrong(feed::polling::problems(&config.polling));
        wrong(nothing_to_do(config));
        let listen = web::compile(&config.web).map_err(|problem| wrong(vec![problem])).ok();
        let store_path = store_path(config).map_err(|problem| wrong(vec![problem])).ok();
        let (Some(feeds), Some(notifiers), Some(matcher), Some(listen), Some(store_path), true) =
            (feeds, notifiers, matcher, listen, store_path, problems.is_empty())
        else {
            config.hide_resolved(&mut problems);
            Problem::sort(&mut problems);
            return Err(problems);
        };
        let (feed_client, receiver_client) = clients(config).map_err(|problem| vec![problem])?;

        let routes = notifiers
            .iter()
            .map(|notifier| Route {
                notifier: notifier.name.clone(),
                min_severity: notifier.min_severity,
            })
            .collect();
        Ok(Self {
            feeds: feeds.into_iter().map(|feed| (feed.id.clone(), Arc::new(feed))).collect(),
            matcher,
            notifiers: notifiers
                .into_iter()
                .map(|notifier| (notifier.name.clone(), Arc::new(notifier)))
                .collect(),
            routes,
            feed_client,
            receiver_client,
            polling: config.polling.value.clone(),
            store: config.store.value.clone(),
            store_path,
            listen,
            watch_tests: config.watches.iter().map(|watch| watch.tests.len()).sum(),
        })
    }

    /// The feeds as the store lists them.
    pub(super) fn listed(&self) -> Vec<Listed> {
        self.feeds
            .values()
            .map(|feed| Listed {
                id: feed.id.clone(),
                url: feed.url.to_string(),
                host: feed.url.host_str().unwrap_or_default().to_owned(),
                phase: feed::schedule::phase(&feed.id),
            })
            .collect()
    }

    /// What there is, in words: `61 feeds, 5 watches, 2 notifiers`.
    pub(crate) fn summary(&self) -> String {
        let count = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}{}", if one.ends_with('h') { "es" } else { "s" }),
        };
        format!(
            "{}, {}, {}",
            count(self.feeds.len(), "feed"),
            count(self.matcher.watches().len(), "watch"),
            count(self.notifiers.len(), "notifier"),
        )
    }

    /// The watches alone, for a command that only wants to try them.
    pub(crate) fn into_matcher(self) -> Matcher {
        self.matcher
    }

    /// `[[watch.test]]`s that ran and passed.
    pub(crate) fn watch_tests(&self) -> usize {
        self.watch_tests
    }
}

/// The client that fetches feeds, and the one that sends to receivers.
fn clients(config: &Config) -> Result<(Client, Client), Problem> {
    let polling = &config.polling;
    let user_agent = polling.user_agent();
    let for_receivers = Guard { trust_configured: true, ..Guard::default() };
    let feeds = Client::new(polling.guard(), &user_agent);
    let both = feeds.and_then(|feeds| Ok((feeds, Client::new(for_receivers, &user_agent)?)));
    both.map_err(|reason| {
        let file = config.path.display().to_string();
        Problem::with_file(file, format!("cannot make an HTTP client: {reason}"))
            .hint("HTTPS needs the system's CA certificates (the package `ca-certificates`)")
    })
}

/// A daemon without feeds, watches or notifiers would be silent for ever: an error, for a file
/// that was emptied by mistake looks the same.
fn nothing_to_do(config: &Config) -> Vec<Problem> {
    let lacking = [
        ("feed", config.feeds.is_empty()),
        ("watch", config.watches.is_empty()),
        ("notifier", config.notifiers.is_empty()),
    ];
    lacking
        .iter()
        .filter(|(_, lacks)| *lacks)
        .map(|(what, _)| {
            Problem::with_file(
                config.path.display().to_string(),
                format!("no {what} is configured"),
            )
            .hint(format!("add a `[[{what}]]`, here or in a file that `include` names"))
        })
        .collect()
}

/// The database file that `[store] url` names.
pub(crate) fn store_path(config: &Config) -> Result<PathBuf, Problem> {
    let Some(url) = &config.store.url else { return Ok(PathBuf::from(DEFAULT_STORE)) };
    let written = url.get_ref();
    let problem = |message: String| config.store.problem(url.span(), message);
    if written.starts_with("postgres:") || written.starts_with("postgresql:") {
        return Err(problem(format!("a `postgres:` store {NOT_YET_BUILT}"))
            .hint("`sqlite:wirewatch.db` keeps everything in one file"));
    }
    store::path_of(written)
        .ok_or_else(|| problem("expected a store such as `sqlite:wirewatch.db`".into()))
}

/// Where the store is when nobody says; as every relative path of it, in the working directory.
const DEFAULT_STORE: &str = "wirewatch.db";

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a whole configuration, a line each, the folder left out.
    fn problems(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("w.toml");
        std::fs::write(&path, text).expect("written");
        let config = Config::load(Some(&path)).expect("readable");
        let problems = Rules::compile(&config).err().unwrap_or_default();
        let folder = format!("{}/", folder.path().display());
        problems.iter().map(|problem| problem.in_one_line().replace(&folder, "")).collect()
    }

    const REST: &str = "[[feed]]\nurl = 'https://a.example/'\n[[watch]]\nname = 'w'\n\
                        terms = ['drone']\n[[notifier]]\nname = 'desk'\ntype = 'stdout'\n";

    #[test]
    fn the_store_is_a_file() {
        #[track_caller]
        fn check(url: &str, expected: &[&str]) {
            assert_eq!(problems(&format!("[store]\nurl = '{url}'\n{REST}")), expected);
        }
        check("sqlite:w.db", &[]);
        check(
            "postgres://w:hunter2@db/w",
            &["w.toml:2:7: a `postgres:` store is not yet built; \
               `sqlite:wirewatch.db` keeps everything in one file"],
        );
        let expected = "w.toml:2:7: expected a store such as `sqlite:wirewatch.db`";
        check("w.db", &[expected]);
        check("sqlite::memory:", &[expected]);
    }

    #[test]
    fn what_would_be_silent_for_ever_is_refused_and_all_is_told_at_once() {
        assert_eq!(
            problems("[polling]\ntimeout = '51s'\n[web]\nlisten = 'here'\n"),
            [
                "w.toml: no feed is configured; \
                 add a `[[feed]]`, here or in a file that `include` names",
                "w.toml: no watch is configured; \
                 add a `[[watch]]`, here or in a file that `include` names",
                "w.toml: no notifier is configured; \
                 add a `[[notifier]]`, here or in a file that `include` names",
                "w.toml:1:1: `timeout` must be between `1s` and `50s`",
                "w.toml:4:10: `listen`: expected an address and port such as `127.0.0.1:8420`, \
                 or `off`, found `here`",
            ]
        );
    }

    #[test]
    fn a_summary_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("w.toml");
        std::fs::write(&path, format!("{REST}[[watch]]\nname = 'v'\nterms = ['ships']\n"))
            .expect("written");
        let config = Config::load(Some(&path)).expect("readable");
        let rules = Rules::compile(&config).expect("good");
        assert_eq!(rules.summary(), "1 feed, 2 watches, 1 notifier");
    }
}
