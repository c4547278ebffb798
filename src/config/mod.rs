//! Reads the configuration's files into one [`Config`]: knows places and spelling, not meanings.
//!
//! The owners (`feed`, `watch`, `notify`, …) own the shapes and say what is wrong with values;
//! here files are found, `${NAME}` and `key_file` are resolved, and every element is read with
//! its place. All problems of all files are told at once.

mod read;
mod resolve;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use crate::problem::Problem;
use crate::problem::{InFile, SourceFile, nearest};
use crate::setting::{Length, NOT_YET_BUILT};
use crate::{feed, notify, store, telemetry, watch, web};

use resolve::{Resolved, Resolver};

/// Bytes of one configuration file.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Files that `include` may name in all.
const FILES_MAX: usize = 10_000;
/// A shorter value is no secret, and would be found in our own words.
const SECRET_BYTES_MIN: usize = 6;
/// Where the configuration is looked for when nobody says; clap reads `$WIREWATCH_CONFIG`.
const DEFAULT_PATHS: [&str; 2] = ["./config/wirewatch.toml", "/etc/wirewatch/wirewatch.toml"];

/// The tables of the main file, in the order in which messages name them.
const SETTINGS: [&str; 6] = ["store", "polling", "articles", "web", "cluster", "log"];
/// The arrays of tables that every file may hold.
const ELEMENTS: [&str; 5] = ["feed", "topic", "region", "watch", "notifier"];

/// Everything an operator wrote, with places, before anyone judged it.
#[derive(Debug)]
pub struct Config {
    /// The main file.
    pub path: PathBuf,
    /// The folder of the main file: what `include` and `key_file` are relative to. What the
    /// daemon writes (its store, a `file` notifier's lines) is relative to the working directory
    /// instead, for it does not belong beside a configuration that is often read-only.
    pub base: PathBuf,
    pub(crate) store: InFile<store::Config>,
    pub(crate) polling: InFile<feed::Polling>,
    pub(crate) web: InFile<web::Config>,
    pub(crate) log: InFile<telemetry::Config>,
    pub(crate) feeds: Vec<InFile<feed::Config>>,
    pub(crate) topics: Vec<InFile<watch::TopicConfig>>,
    pub(crate) regions: Vec<InFile<watch::RegionConfig>>,
    pub(crate) watches: Vec<InFile<watch::Config>>,
    pub(crate) notifiers: Vec<InFile<notify::Config>>,
    /// What is wrong so far.
    pub(crate) problems: Vec<Problem>,
    /// What came from the environment and from files.
    resolved: Vec<Resolved>,
}

/// `[articles]`, read only to be checked: fetching article pages comes with a later release.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Articles {
    #[serde(rename = "fetch")]
    _fetch: Option<ArticleFetch>,
    #[serde(rename = "allow_private")]
    _allow_private: Option<crate::setting::NotYetBuilt>,
}

/// When article pages are fetched.
#[derive(Debug)]
enum ArticleFetch {
    Never,
}

impl<'de> Deserialize<'de> for ArticleFetch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        match String::deserialize(deserializer)?.as_str() {
            "never" => Ok(Self::Never),
            known @ ("always" | "unmatched") => {
                Err(D::Error::custom(format!("`fetch = \"{known}\"` {NOT_YET_BUILT}")))
            }
            other => Err(D::Error::unknown_variant(other, &["never", "always", "unmatched"])),
        }
    }
}

/// `[cluster]`, read only to be checked: several instances on one PostgreSQL come with a later
/// release.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Cluster {
    #[serde(rename = "lease")]
    _lease: Option<Length>,
}

impl Config {
    /// Reads the file at `path`, else the first of `./config/wirewatch.toml` and
    /// `/etc/wirewatch/wirewatch.toml` that exists, and all that it includes.
    ///
    /// Problems that leave something to go on with are kept in [`Config::problems`], so that
    /// they can be told together with what the owners of the values find; `Err` is for a main
    /// file that cannot be read at all.
    pub fn load(path: Option<&Path>) -> Result<Self, Problem> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => DEFAULT_PATHS.iter().map(PathBuf::from).find(|path| path.exists()).ok_or_else(
                || {
                    let [here, system] = DEFAULT_PATHS;
                    Problem::with_file("wirewatch", "no configuration file found").hint(format!(
                        "looked for {here} and {system}; `--config FILE` names another"
                    ))
                },
            )?,
        };
        let base = path.parent().map(Path::to_owned).unwrap_or_default();
        let main = Arc::new(read_file(&path)?);
        let empty =
            || InFile { file: Arc::clone(&main), span: 0..0, removed: Vec::new(), value: () };
        let mut config = Self {
            path,
            base,
            store: empty().map(|()| store::Config::default()),
            polling: empty().map(|()| feed::Polling::default()),
            web: empty().map(|()| web::Config::default()),
            log: empty().map(|()| telemetry::Config::default()),
            feeds: Vec::new(),
            topics: Vec::new(),
            regions: Vec::new(),
            watches: Vec::new(),
            notifiers: Vec::new(),
            problems: Vec::new(),
            resolved: Vec::new(),
        };
        config.read_main(&main);
        Ok(config)
    }

    /// Shows what came from the environment or a file as it was written: `${NAME}`. Problems
    /// quote what they found, and that may be a secret in the wrong place.
    pub(crate) fn hide_resolved(&self, problems: &mut [Problem]) {
        let mut resolved: Vec<&Resolved> = self.resolved.iter().collect();
        resolved.sort_by_key(|it| std::cmp::Reverse(it.value.expose_secret().len()));
        for Resolved { value, written } in resolved {
            let value = value.expose_secret();
            if value.len() < SECRET_BYTES_MIN {
                continue;
            }
            for problem in &mut *problems {
                problem.hide(value, written);
            }
        }
    }

    /// Whether there is a main file where it is looked for when nobody names one.
    pub(crate) fn exists() -> bool {
        DEFAULT_PATHS.iter().any(|path| Path::new(path).exists())
    }

    fn read_main(&mut self, file: &Arc<SourceFile>) {
        let mut table = self.parse(file);
        let include = table.remove("include");
        for name in SETTINGS {
            if let Some(value) = table.remove(name) {
                self.read_setting(file, name, value);
            }
        }
        self.read_elements(file, table, &["include"]);
        let included = include.and_then(|value| {
            read::value::<Vec<Spanned<String>>>(file, "include", value, &mut self.problems)
        });
        for path in self.included(file, &included.map(|list| list.value).unwrap_or_default()) {
            match read_file(&path) {
                Ok(file) => {
                    let file = Arc::new(file);
                    let table = self.parse(&file);
                    self.read_elements(&file, table, &[]);
                }
                Err(problem) => self.problems.push(problem),
            }
        }
    }

    /// Parses one file and resolves `${NAME}` and `key_file` in it.
    fn parse<'f>(&mut self, file: &'f Arc<SourceFile>) -> DeTable<'f> {
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let message = format!("not valid TOML: {}", error.message().replace('\n', "; "));
            self.problems.push(Problem::at(Arc::clone(file), span, message));
        }
        let mut table = table.into_inner();
        let Self { base, problems, resolved, .. } = self;
        Resolver { file, base, problems, resolved }.table(&mut table);
        table
    }

    fn read_setting(&mut self, file: &Arc<SourceFile>, name: &str, value: Spanned<DeValue<'_>>) {
        fn set<T: serde::de::DeserializeOwned>(target: &mut InFile<T>, read: Option<InFile<T>>) {
            if let Some(value) = read {
                *target = value;
            }
        }
        let problems = &mut self.problems;
        match name {
            "store" => set(&mut self.store, read::value(file, name, value, problems)),
            "polling" => set(&mut self.polling, read::value(file, name, value, problems)),
            "web" => set(&mut self.web, read::value(file, name, value, problems)),
            "log" => set(&mut self.log, read::value(file, name, value, problems)),
            "articles" => drop(read::value::<Articles>(file, name, value, problems)),
            "cluster" => drop(read::value::<Cluster>(file, name, value, problems)),
            other => unreachable!("`{other}` is not in SETTINGS"),
        }
    }

    /// Reads `[[feed]]`, `[[watch]]` and the like; what is left over is unknown.
    fn read_elements(&mut self, file: &Arc<SourceFile>, mut table: DeTable<'_>, also: &[&str]) {
        for name in ELEMENTS {
            let Some(value) = table.remove(name) else { continue };
            let problems = &mut self.problems;
            match name {
                "feed" => read::elements(file, name, value, &mut self.feeds, problems),
                "topic" => read::elements(file, name, value, &mut self.topics, problems),
                "region" => read::elements(file, name, value, &mut self.regions, problems),
                "watch" => read::elements(file, name, value, &mut self.watches, problems),
                "notifier" => read::elements(file, name, value, &mut self.notifiers, problems),
                other => unreachable!("`{other}` is not in ELEMENTS"),
            }
        }
        let is_main = also.contains(&"include");
        for (key, _) in table {
            let word = key.get_ref();
            let problem = |message| Problem::at(Arc::clone(file), key.span(), message);
            if SETTINGS.contains(&word.as_ref()) || word == "include" {
                self.problems.push(
                    problem(format!("`{word}` belongs in the main file"))
                        .hint("included files hold feeds, topics, regions, watches, notifiers"),
                );
                continue;
            }
            let settings = if is_main { &SETTINGS[..] } else { &[] };
            let known = ELEMENTS.iter().chain(settings).chain(also).copied();
            self.problems.push(
                problem(format!("unknown key `{word}`"))
                    .maybe_hint(nearest(word, known).map(|near| format!("there is `{near}`"))),
            );
        }
    }

    /// The files that `include` names, in the order of the list, each pattern's sorted by name.
    fn included(&mut self, file: &Arc<SourceFile>, patterns: &[Spanned<String>]) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = Vec::new();
        let main = Some(self.path.canonicalize().unwrap_or_else(|_| self.path.clone()));
        for pattern in patterns {
            let problem = |message| Problem::at(Arc::clone(file), pattern.span(), message);
            let written = pattern.get_ref();
            let whole = self.base.join(written);
            // The folder is the operator's and may hold `[` or `*`; only `written` is a pattern.
            let whole = match self.base.to_str() {
                Some(base) if !Path::new(written).is_absolute() && !base.is_empty() => {
                    format!("{}/{written}", glob::Pattern::escape(base))
                }
                _ => whole.to_string_lossy().into_owned(),
            };
            let paths = match glob::glob(&whole) {
                Ok(paths) => paths,
                Err(error) => {
                    self.problems
                        .push(problem(format!("`{written}` is no pattern: {}", error.msg)));
                    continue;
                }
            };
            let mut found: Vec<PathBuf> = Vec::new();
            for path in paths {
                match path {
                    // A link that leads nowhere is told when it is read.
                    Ok(path) if !path.is_dir() && path.canonicalize().ok() != main => {
                        found.push(path);
                    }
                    Ok(_) => {}
                    Err(error) => self.problems.push(problem(format!(
                        "cannot look into `{}`: {}",
                        error.path().display(),
                        error.error()
                    ))),
                }
            }
            if found.is_empty() {
                self.problems.push(problem(format!("`{written}` names no file")));
            }
            for path in found {
                if !files.contains(&path) {
                    files.push(path);
                }
            }
            if files.len() > FILES_MAX {
                self.problems.push(problem(format!("more than {FILES_MAX} files are included")));
                files.truncate(FILES_MAX);
            }
        }
        files
    }
}

/// Reads a whole file, of bounded size, as UTF-8.
fn read_file(path: &Path) -> Result<SourceFile, Problem> {
    let name = path.display().to_string();
    let problem = |message: String| Problem::with_file(name.clone(), message);
    let cannot = |error: io::Error| problem(format!("cannot be read: {error}"));
    let mut bytes = Vec::new();
    // Read no further than the cap: a device has no size and no end.
    let file = File::open(path).map_err(cannot)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(problem("is larger than 16 MiB".into()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        problem(format!("is not UTF-8 (byte {})", error.utf8_error().valid_up_to() + 1))
    })?;
    Ok(SourceFile { name, text })
}

#[cfg(test)]
mod tests;
