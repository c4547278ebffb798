//! Names that operators write, looked up: regions, countries, topics, feeds, languages.

use std::collections::HashSet;
use std::ops::Range;

use toml::Spanned;

use super::Compiler;
use crate::feed::FeedId;
use crate::gazetteer::Place;
use crate::problem::{InFile, Problem, nearest};
use crate::setting::slug;
use crate::watch::config::Config;
use crate::watch::language;

/// A feed as watches may name it: id, name, tags.
pub(super) type Named = (String, String, Vec<String>);

/// What a name stands in, and how one would say the other kind of place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    /// `regions`, `countries`
    List,
    /// `region:`, `country:`
    Query,
}

impl In {
    fn hint(self, hint: String) -> String {
        match self {
            Self::List => hint,
            Self::Query => hint
                .replace("it belongs in `countries`", "write `country:`")
                .replace("it belongs in `regions`", "write `region:`"),
        }
    }
}

impl Compiler {
    pub(super) fn region<T>(
        &mut self,
        config: &InFile<T>,
        word: &str,
        span: Range<usize>,
        place: In,
    ) -> Option<usize> {
        if let Some(Place::Region(index)) = self.world.find_region(word) {
            return Some(index);
        }
        let hint = self.world.region_hint(word).map(|hint| place.hint(hint));
        let problem = config.problem(span, format!("unknown region `{word}`"));
        self.problems.push(problem.maybe_hint(hint));
        None
    }

    pub(super) fn country<T>(
        &mut self,
        config: &InFile<T>,
        word: &str,
        span: Range<usize>,
        place: In,
    ) -> Option<usize> {
        if let Some(Place::Country(index)) = self.world.find_country(word) {
            return Some(index);
        }
        let hint = self.world.country_hint(word).map(|hint| place.hint(hint));
        let problem = config.problem(span, format!("unknown country `{word}`"));
        self.problems.push(problem.maybe_hint(hint));
        None
    }

    pub(super) fn listed_region<T>(
        &mut self,
        config: &InFile<T>,
        written: &Spanned<String>,
    ) -> Option<usize> {
        self.region(config, written.get_ref(), written.span(), In::List)
    }

    pub(super) fn listed_country<T>(
        &mut self,
        config: &InFile<T>,
        written: &Spanned<String>,
    ) -> Option<usize> {
        self.country(config, written.get_ref(), written.span(), In::List)
    }

    pub(super) fn topic<T>(
        &mut self,
        config: &InFile<T>,
        word: &str,
        span: Range<usize>,
    ) -> Option<usize> {
        let id = slug(word);
        let known = self.topics.iter().position(|topic| *topic == id);
        if known.is_none() {
            let near = nearest(&id, self.topics.iter().map(String::as_str));
            let hint = near.map_or_else(
                || "`wirewatch topics` lists them; a `[[topic]]` makes one".to_owned(),
                |near| format!("there is a topic named `{near}`"),
            );
            let problem = config.problem(span, format!("unknown topic `{word}`"));
            self.problems.push(problem.hint(hint));
        }
        known
    }

    /// The ids of the feeds that a watch's `feeds` name.
    pub(super) fn feeds(
        &mut self,
        config: &InFile<Config>,
        written: &[Spanned<String>],
        known: &[Named],
    ) -> HashSet<FeedId> {
        let ids = written.iter().map(|it| self.feed(config, it.get_ref(), it.span(), known));
        ids.flatten().collect()
    }

    /// The ids of the feeds with a name, an id, or a tag.
    pub(super) fn feed(
        &mut self,
        config: &InFile<Config>,
        word: &str,
        span: Range<usize>,
        known: &[Named],
    ) -> HashSet<FeedId> {
        let is_meant = |(id, name, tags): &&Named| match word.strip_prefix("tag:") {
            Some(tag) => tags.iter().any(|it| it == tag),
            None => id == word || name == word,
        };
        let found: HashSet<_> =
            known.iter().filter(is_meant).map(|(id, ..)| FeedId(id.clone())).collect();
        if found.is_empty() {
            self.problems.push(unknown_feed(config, word, span, known));
        }
        found
    }

    /// The primary tags of a watch's `languages`.
    pub(super) fn languages(&mut self, config: &InFile<Config>) -> Vec<String> {
        let written = config.languages.iter();
        written.filter_map(|it| self.language(config, it.get_ref(), it.span())).collect()
    }

    pub(super) fn language(
        &mut self,
        config: &InFile<Config>,
        word: &str,
        span: Range<usize>,
    ) -> Option<String> {
        let told = |(message, hint)| config.problem(span, message).maybe_hint(hint);
        language::parse(word).map_err(|it| self.problems.push(told(it))).ok()
    }
}

fn unknown_feed(
    config: &InFile<Config>,
    word: &str,
    span: Range<usize>,
    known: &[Named],
) -> Problem {
    if let Some(tag) = word.strip_prefix("tag:") {
        let near = nearest(tag, known.iter().flat_map(|(_, _, tags)| tags).map(String::as_str));
        return config
            .problem(span, format!("no feed has the tag `{tag}`"))
            .maybe_hint(near.map(|near| format!("there is a tag `{near}`")));
    }
    let near = nearest(word, known.iter().map(|(_, name, _)| name.as_str()));
    config
        .problem(span, format!("unknown feed `{word}`"))
        .maybe_hint(near.map(|near| format!("there is a feed named `{near}`")))
}
