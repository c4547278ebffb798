//! From what operators wrote to a [`Matcher`], or to all that is wrong with it.

mod leads;
mod names;
mod wants;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use toml::Spanned;

use super::config::{Config, RegionConfig, TopicConfig};
use super::lexicon::{Lexicon, Meaning};
use super::{Condition, EvidenceKind, Group, Index, Matcher, Want, Watch, base, trial};
use crate::gazetteer::{RegionId, World};
use crate::problem::{InFile, Problem, nearest};
use crate::setting::slug;

/// All that is compiled into one matcher.
pub(crate) struct Sources<'a> {
    pub(crate) watches: &'a [InFile<Config>],
    pub(crate) topics: &'a [InFile<TopicConfig>],
    pub(crate) regions: &'a [InFile<RegionConfig>],
    /// What `feeds` may name: (id, name, tags) of every feed written down, faulty ones too.
    pub(crate) feeds: &'a [(String, String, Vec<String>)],
    /// What `notify` may name.
    pub(crate) notifiers: &'a [String],
}

/// Compiles all watches, or says all that is wrong with them; failing `[[watch.test]]`s are
/// problems too.
pub(crate) fn compile(sources: &Sources<'_>) -> Result<Matcher, Vec<Problem>> {
    let mut compiler = Compiler::new();
    compiler.regions(sources.regions);
    compiler.topics(sources.topics);
    for config in sources.watches {
        compiler.watch(config, sources);
    }
    let (matcher, mut problems) = compiler.finish();
    if problems.is_empty()
        && let Some(matcher) = matcher
    {
        problems = trial::failures(&matcher, sources.watches);
        if problems.is_empty() {
            return Ok(matcher);
        }
    }
    Err(problems)
}

/// What a watch can look for.
const CONDITIONS: [&str; 5] = ["regions", "countries", "topics", "terms", "query"];
/// The score that is needed where a watch says nothing: one hit anywhere.
const THRESHOLD: f64 = 1.0;

/// A matcher in the making.
struct Compiler {
    world: Cow<'static, World>,
    /// What operators wrote, beside what is built in.
    own: Lexicon,
    topics: Vec<String>,
    watches: Vec<Watch>,
    watch_ids: HashSet<String>,
    conditions: Vec<Condition>,
    wants: Vec<Want>,
    groups: Vec<Group>,
    /// The first want for each thing that the watch at hand wants.
    things: HashMap<(EvidenceKind, String), usize>,
    problems: Vec<Problem>,
}

impl Compiler {
    fn new() -> Self {
        let topics = base::topics();
        Self {
            world: Cow::Borrowed(World::builtin()),
            own: Lexicon::new(Vec::new()),
            topics,
            watches: Vec::new(),
            watch_ids: HashSet::new(),
            conditions: Vec::new(),
            wants: Vec::new(),
            groups: Vec::new(),
            things: HashMap::new(),
            problems: Vec::new(),
        }
    }

    /// Adds the operator's regions to the world, in the order of the files, so that one may lie
    /// within another that stands before it.
    fn regions(&mut self, configs: &[InFile<RegionConfig>]) {
        let mut ids = HashSet::new();
        for config in configs {
            let Some((name, id)) = self.named(config, config.name.as_ref()) else { continue };
            if !ids.insert(id.clone()) {
                let message = format!("there is another region named `{}`", name.get_ref());
                self.problems.push(config.problem(name.span(), message));
            }
            let parents = config.within.iter().filter_map(|it| self.listed_region(config, it));
            let parents = parents.collect();
            let lands = config.countries.iter().filter_map(|it| {
                let index = self.listed_country(config, it)?;
                Some(self.world.countries[index].code.clone())
            });
            let lands = lands.collect();
            let aliases = config.aliases.iter().map(|alias| alias.get_ref().as_str());
            let names: Vec<&str> =
                std::iter::once(name.get_ref().as_str()).chain(aliases).collect();
            self.world.to_mut().add_region(RegionId(id), &names, parents, lands);
        }
    }

    /// Adds the operator's topics; one of the name of a built-in one adds to it.
    fn topics(&mut self, configs: &[InFile<TopicConfig>]) {
        let mut ids = HashSet::new();
        for config in configs {
            let Some((name, id)) = self.named(config, config.name.as_ref()) else { continue };
            if !ids.insert(id.clone()) {
                let message = format!("there is another topic named `{}`", name.get_ref());
                self.problems.push(config.problem(name.span(), message));
                continue;
            }
            if config.terms.is_empty() {
                self.problems.extend(config.missing("terms"));
            }
            let known = self.topics.iter().position(|topic| *topic == id);
            let index = known.unwrap_or_else(|| {
                self.topics.push(id);
                self.topics.len() - 1
            });
            for term in config.terms.iter().map(Spanned::get_ref) {
                self.own.add(&term.pattern(), Meaning::Topic(number(index)));
            }
        }
    }

    /// Adds a watch, a faulty one too: what else is wrong with it is to be told as well.
    fn watch(&mut self, config: &InFile<Config>, sources: &Sources<'_>) {
        let (name, id) = self.watch_id(config).unwrap_or_default();
        self.things.clear();
        let first = self.wants.len();
        self.wants(config, self.watches.len());
        let query = config.query.as_ref();
        let asked = query.and_then(|query| self.query(config, query, sources.feeds));
        let lists = lists(config);
        let is_condition = |key: &String| nearest(key, CONDITIONS).is_some();
        // What was written wrongly, or under a name that is nearly right, is told already.
        if lists.is_empty() && query.is_none() && !config.removed.iter().any(is_condition) {
            self.problems.push(
                config
                    .problem_here("a watch that watches for nothing")
                    .hint("give it `regions`, `countries`, `topics`, `terms` or a `query`"),
            );
        }
        let feeds = config.feeds.as_ref().map(|feeds| self.feeds(config, feeds, sources.feeds));
        let languages = self.languages(config);
        let condition = Condition {
            mode: config.mode,
            lists,
            query: asked,
            threshold: config.threshold.map_or(THRESHOLD, |threshold| threshold.0),
            fields: config.fields.clone(),
            feeds,
            languages,
            cities: config.cities,
        };
        self.choose_leads(first, &condition);
        self.conditions.push(condition);
        let notify = self.notify(config, sources.notifiers);
        self.watches.push(Watch { id, name, severity: config.severity, notify });
    }

    /// The name and the id of a watch.
    fn watch_id(&mut self, config: &InFile<Config>) -> Option<(String, String)> {
        let (name, mut id) = self.named(config, config.name.as_ref())?;
        let mut span = name.span();
        if let Some(given) = &config.id {
            span = given.span();
            id.clone_from(given.get_ref());
            if id.is_empty() || !id.chars().all(|c| c.is_alphanumeric() || c == '-') {
                let message = "`id` is made of letters, digits and hyphens";
                self.problems.push(config.problem(span, message));
                return None;
            }
        }
        if !self.watch_ids.insert(id.clone()) {
            self.problems.push(
                config
                    .problem(span, format!("there is another watch with the id `{id}`"))
                    .hint("the id is a slug of the name; `id` sets another"),
            );
        }
        Some((name.into_inner(), id))
    }

    /// The notifiers that a watch names; all where it names none.
    fn notify(&mut self, config: &InFile<Config>, known: &[String]) -> Vec<String> {
        let Some(written) = &config.notify else { return known.to_vec() };
        for entry in written {
            let name = entry.get_ref();
            if !known.contains(name) {
                self.problems.push(
                    config
                        .problem(entry.span(), format!("unknown notifier `{name}`"))
                        .maybe_hint(notifiers(name, known)),
                );
            }
        }
        written.iter().map(|entry| entry.get_ref().clone()).collect()
    }

    /// The name of an element, and the id that is made of it.
    fn named<T>(
        &mut self,
        config: &InFile<T>,
        name: Option<&Spanned<String>>,
    ) -> Option<(Spanned<String>, String)> {
        let Some(name) = name else {
            self.problems.extend(config.missing("name"));
            return None;
        };
        let id = slug(name.get_ref());
        if id.is_empty() {
            self.problems.push(config.problem(name.span(), "`name` has no letter or digit"));
            return None;
        }
        Some((name.clone(), id))
    }

    /// The matcher, unless there are too many patterns, and what is wrong with it.
    fn finish(mut self) -> (Option<Matcher>, Vec<Problem>) {
        let builtin = World::builtin().names.len();
        for (index, name) in self.world.names.iter().enumerate().skip(builtin) {
            for pattern in name.patterns() {
                self.own.add(&pattern, Meaning::Name(number(index)));
            }
        }
        if let Some(most) = self.own.overflow() {
            let message = format!("more than {most} names and terms");
            self.problems.push(Problem::with_file("watches", message));
            return (None, self.problems);
        }
        let first_want = |watch| self.wants.partition_point(|want| want.watch < watch);
        let first_wants = (0..=self.watches.len()).map(first_want).collect();
        let (wants, world, topics) = (&self.wants, &self.world, self.topics.len());
        let lineages = (0..world.regions.len()).map(|it| world.with_ancestors(it)).collect();
        let asked = Index::new(wants, world, topics, |index, _| Some(index));
        let leads = Index::new(wants, world, topics, |_, want| want.is_lead.then_some(want.watch));
        let matcher = Matcher {
            watches: self.watches,
            conditions: self.conditions,
            wants: self.wants,
            first_wants,
            groups: self.groups,
            lineages,
            asked,
            leads,
            topics: self.topics,
            world: self.world,
            base: base::lexicon(),
            own: self.own,
        };
        (Some(matcher), self.problems)
    }
}

/// An index as patterns hold it: there are never so many of anything.
fn number(index: usize) -> u32 {
    u32::try_from(index).expect("a configuration is bounded in bytes")
}

/// What there is instead of an unknown notifier: the nearest, or all where they are few.
fn notifiers(word: &str, known: &[String]) -> Option<String> {
    /// Names that a hint lists.
    const LISTED_MAX: usize = 5;
    if let Some(near) = nearest(word, known.iter().map(String::as_str)) {
        return Some(format!("there is a notifier named `{near}`"));
    }
    let listed = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    (1..=LISTED_MAX).contains(&known.len()).then(|| format!("the notifiers are: {listed}"))
}

/// The lists that a watch gives.
fn lists(config: &Config) -> BTreeSet<EvidenceKind> {
    let given = [
        (EvidenceKind::Region, config.regions.is_empty()),
        (EvidenceKind::Country, config.countries.is_empty()),
        (EvidenceKind::Topic, config.topics.is_empty()),
        (EvidenceKind::Term, config.terms.is_empty()),
    ];
    given.iter().filter(|(_, is_empty)| !is_empty).map(|(kind, _)| *kind).collect()
}
