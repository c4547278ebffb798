//! What a watch looks for: the entries of its lists, and the atoms of its query.

use std::ops::Range;

use toml::Spanned;

use super::names::{In, Named};
use super::{Compiler, number};
use crate::gazetteer::Place;
use crate::problem::InFile;
use crate::text::pattern;
use crate::watch::config::Config;
use crate::watch::lexicon::Meaning;
use crate::watch::query::{self, Atom, Kind};
use crate::watch::term::{Sought, Weighted};
use crate::watch::{Asked, Asks, EvidenceKind, Field, Group, Need, Part, Want};

/// What a want is for, but not yet what it looks for.
#[derive(Debug, Clone, Copy)]
struct Purpose {
    watch: usize,
    part: Part,
    weight: f64,
    field: Option<Field>,
}

impl Compiler {
    /// The entries of a watch's lists.
    pub(super) fn wants(&mut self, config: &InFile<Config>, watch: usize) {
        let list = Purpose { watch, part: Part::List, weight: 1.0, field: None };
        for written in &config.regions {
            if let Some(region) = self.listed_region(config, written) {
                self.want_place(list, Place::Region(region));
            }
        }
        for written in &config.countries {
            if let Some(country) = self.listed_country(config, written) {
                self.want_place(list, Place::Country(country));
            }
        }
        for written in &config.topics {
            if let Some(topic) = self.topic(config, written.get_ref(), written.span()) {
                self.want_topic(list, topic);
            }
        }
        for Weighted { sought, weight } in config.terms.iter().map(Spanned::get_ref) {
            self.want_sought(Purpose { weight: *weight, ..list }, sought);
        }
        for sought in config.exclude.iter().map(Spanned::get_ref) {
            self.want_sought(Purpose { part: Part::Exclude, ..list }, sought);
        }
    }

    /// The query of a watch; `None` where it is wrong, which is told.
    pub(super) fn query(
        &mut self,
        config: &InFile<Config>,
        written: &Spanned<String>,
        feeds: &[Named],
    ) -> Option<Asked> {
        let query = match query::parse(written.get_ref()) {
            Ok(query) => query,
            Err(mistake) => {
                let span = place_in(config, written, &mistake.span);
                let problem = config.problem(span, mistake.message);
                self.problems.push(problem.maybe_hint(mistake.hint));
                return None;
            }
        };
        let mut needs = Vec::with_capacity(query.atoms.len());
        for (index, (atom, is_wanted)) in query.atoms.iter().zip(query.is_wanted()).enumerate() {
            let span = place_in(config, written, &atom.span);
            needs.push(match &atom.kind {
                Kind::Language(word) => {
                    let tag = self.language(config, word, span).unwrap_or_default();
                    Need::Language { tag, is_wanted }
                }
                Kind::Feed(word) => {
                    Need::Feed { ids: self.feed(config, word, span, feeds), is_wanted }
                }
                _ => {
                    self.want_atom(config, index, atom, span);
                    Need::Hit
                }
            });
        }
        Some(Asked { query, needs })
    }

    /// An atom that the text is searched for.
    fn want_atom(
        &mut self,
        config: &InFile<Config>,
        index: usize,
        atom: &Atom,
        span: Range<usize>,
    ) {
        let (watch, part) = (self.watches.len(), Part::Query(index));
        let purpose = Purpose { watch, part, weight: 1.0, field: None };
        match &atom.kind {
            Kind::Region(word) => {
                if let Some(region) = self.region(config, word, span, In::Query) {
                    self.want_place(purpose, Place::Region(region));
                }
            }
            Kind::Country(word) => {
                if let Some(country) = self.country(config, word, span, In::Query) {
                    self.want_place(purpose, Place::Country(country));
                }
            }
            Kind::Topic(word) => {
                if let Some(topic) = self.topic(config, word, span) {
                    self.want_topic(purpose, topic);
                }
            }
            Kind::Term { term, field } => {
                self.check_field(config, *field, span);
                let sought = Sought::Term(term.clone());
                self.want_sought(Purpose { field: *field, ..purpose }, &sought);
            }
            Kind::Together { words, within, field } => {
                self.check_field(config, *field, span);
                let sought = Sought::Together { words: words.clone(), within: *within };
                self.want_sought(Purpose { field: *field, ..purpose }, &sought);
            }
            Kind::Language(_) | Kind::Feed(_) => {}
        }
    }

    /// A term in a field that the watch does not look at would never be found.
    fn check_field(&mut self, config: &InFile<Config>, field: Option<Field>, span: Range<usize>) {
        let Some(field) = field else { return };
        if !config.fields.is_empty() && !config.fields.contains(&field) {
            let field = field.as_str();
            let message = format!("the watch does not look at `{field}`");
            let hint = format!("add `\"{field}\"` to its `fields`");
            self.problems.push(config.problem(span, message).hint(hint));
        }
    }

    fn want_place(&mut self, purpose: Purpose, place: Place) {
        let (kind, id, name) = match place {
            Place::Region(index) => {
                let region = &self.world.regions[index];
                (EvidenceKind::Region, region.id.to_string(), region.name.clone())
            }
            Place::Country(index) => {
                let country = &self.world.countries[index];
                (EvidenceKind::Country, country.code.0.clone(), country.name.clone())
            }
        };
        self.want(purpose, Asks::Place(place), kind, id, name);
    }

    fn want_topic(&mut self, purpose: Purpose, topic: usize) {
        let id = self.topics[topic].clone();
        self.want(purpose, Asks::Topic(topic), EvidenceKind::Topic, id.clone(), id);
    }

    fn want_sought(&mut self, purpose: Purpose, sought: &Sought) {
        let id = sought.to_string();
        let asks = match sought {
            Sought::Term(_) => Asks::Text,
            Sought::Together { .. } => Asks::Words,
        };
        let want = self.want(purpose, asks, EvidenceKind::Term, id.clone(), id);
        match sought {
            Sought::Term(term) => self.own.add(&term.pattern(), Meaning::Want(number(want))),
            Sought::Together { words, within } => self.want_together(want, words, *within),
        }
    }

    /// The words of a group, each once.
    fn want_together(&mut self, want: usize, words: &[String], within: usize) {
        let Want { watch, field, .. } = self.wants[want];
        let group = self.groups.len();
        let mut patterns = Vec::new();
        let mut counts = Vec::new();
        for word in words {
            let pattern = pattern::whole(word);
            if let Some(known) = patterns.iter().position(|it| *it == pattern) {
                counts[known] += 1;
                continue;
            }
            let part = Part::Word { group, word: counts.len() };
            let purpose = Purpose { watch, part, weight: 1.0, field };
            let (id, name) = (word.clone(), word.clone());
            let index = self.want(purpose, Asks::Text, EvidenceKind::Term, id, name);
            self.own.add(&pattern, Meaning::Want(number(index)));
            patterns.push(pattern);
            counts.push(1);
        }
        self.groups.push(Group { want, counts, within });
    }

    fn want(
        &mut self,
        purpose: Purpose,
        asks: Asks,
        kind: EvidenceKind,
        id: String,
        name: String,
    ) -> usize {
        let Purpose { watch, part, weight, field } = purpose;
        let index = self.wants.len();
        let thing = *self.things.entry((kind, id.clone())).or_insert(index);
        self.wants.push(Want {
            watch,
            part,
            asks,
            is_lead: false,
            kind,
            id,
            name,
            weight,
            field,
            thing,
        });
        index
    }
}

/// The place in the file of a part of a text: of all the text where it holds escapes, or was
/// written elsewhere.
fn place_in<T>(config: &InFile<T>, text: &Spanned<String>, part: &Range<usize>) -> Range<usize> {
    let span = text.span();
    let inner = config.file.text.get(span.clone()).and_then(|written| {
        let marks = ["'''", "\"\"\"", "'", "\""].into_iter().find(|it| written.starts_with(it))?;
        let inner = written.strip_prefix(marks)?.strip_suffix(marks)?;
        // A line that ends right behind three marks is not in the text.
        let text = inner.strip_suffix(text.get_ref().as_str())?;
        matches!(text, "" | "\n" | "\r\n").then_some(marks.len() + text.len())
    });
    match inner {
        Some(before) if !part.is_empty() => {
            let start = span.start + before;
            start + part.start..start + part.end
        }
        _ => span,
    }
}
