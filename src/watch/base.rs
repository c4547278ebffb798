//! What is built in: the whole gazetteer and about fifty topics, compiled once for the process.
//!
//! The topics are files of the very form that operators write, under `topics/`.

use std::sync::LazyLock;

use serde::Deserialize;
use toml::Spanned;

use super::config::TopicConfig;
use super::coordinate;
use super::lexicon::{Lexicon, Meaning};
use crate::gazetteer::World;
use crate::setting::slug;
use crate::text::pattern;

const TOPICS: [&str; 6] = [
    include_str!("topics/military.toml"),
    include_str!("topics/politics.toml"),
    include_str!("topics/security.toml"),
    include_str!("topics/economy.toml"),
    include_str!("topics/disaster.toml"),
    include_str!("topics/health.toml"),
];

/// One file of topics.
#[derive(Deserialize)]
struct File {
    topic: Vec<TopicConfig>,
}

struct Base {
    topics: Vec<String>,
    lexicon: Lexicon,
}

static BASE: LazyLock<Base> = LazyLock::new(|| {
    let world = World::builtin();
    let mut lexicon = Lexicon::new(world.endings.clone());
    for (index, name) in (0..).zip(&world.names) {
        for pattern in name.patterns() {
            lexicon.add(&pattern, Meaning::Name(index));
        }
    }
    for (index, head) in (0..).zip(coordinate::heads()) {
        lexicon.add(&pattern::whole(head), Meaning::Head(index));
    }
    let mut topics = Vec::new();
    for (index, topic) in (0..).zip(written_topics()) {
        for term in topic.terms.iter().map(Spanned::get_ref) {
            lexicon.add(&term.pattern(), Meaning::Topic(index));
        }
        topics.push(topic.name.map(|name| slug(name.get_ref())).unwrap_or_default());
    }
    Base { topics, lexicon }
});

/// The built-in topics as their files have them, read anew.
pub(super) fn written_topics() -> impl Iterator<Item = TopicConfig> {
    let files = TOPICS.iter().map(|text| toml::from_str::<File>(text).expect("ours, tested"));
    files.flat_map(|file| file.topic)
}

/// The names of the built-in topics.
pub(super) fn topics() -> Vec<String> {
    BASE.topics.clone()
}

/// All built-in names and terms.
pub(super) fn lexicon() -> &'static Lexicon {
    &BASE.lexicon
}
