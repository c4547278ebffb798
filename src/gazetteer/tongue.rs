//! Which names an item's language lets count, as sets of bits: asked for every name that is found.

use std::collections::HashMap;

use super::{KIN, NEIGHBOURS, is_kin, primary};

/// A set of languages: the bit of each is its place among [`Languages`].
pub(crate) type Tags = u128;

/// Languages that part the same signs otherwise: 東海地方 is no 海地, Haiti.
const SIGNS: [&str; 3] = ["zh", "ja", "ko"];

/// The languages of the gazetteer's names.
#[derive(Debug, Clone, Default)]
pub(super) struct Languages {
    tags: Vec<&'static str>,
    by_tag: HashMap<&'static str, Tags>,
    /// What counts in an item of each.
    spoken: HashMap<&'static str, Spoken>,
}

/// Names of which languages count in an item of one.
#[derive(Debug, Clone, Copy)]
struct Spoken {
    own: Tags,
    /// Where that one is a guess.
    near: Tags,
    /// Where it is a guess, and the name [unmistakable](super::Name::is_unmistakable).
    other: Tags,
}

/// An item's language, asked by names whether they count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tongue {
    /// `None`: nobody knows.
    spoken: Option<Spoken>,
}

impl Languages {
    /// The bit of a language; a new one where it has none yet.
    pub(super) fn tag(&mut self, language: &'static str) -> Tags {
        *self.by_tag.entry(language).or_insert_with(|| {
            self.tags.push(language);
            let place = u32::try_from(self.tags.len() - 1).expect("a hundred languages");
            1_u128.checked_shl(place).expect("at most 128 languages")
        })
    }

    /// Works out what counts in items of the languages there are by now, and in English ones: most
    /// names in it count everywhere.
    pub(super) fn settle(&mut self) {
        self.tag("en");
        self.spoken = self.tags.iter().map(|spoken| (*spoken, self.spoken(spoken))).collect();
    }

    fn spoken(&self, spoken: &str) -> Spoken {
        let set = |is_in: &dyn Fn(&str) -> bool| {
            let tags = self.tags.iter().filter(|of| is_in(of)).map(|of| self.by_tag[of]);
            tags.fold(0, |all, tag| all | tag)
        };
        let is_sign = |language: &str| SIGNS.contains(&language);
        Spoken {
            own: set(&|of| {
                if is_sign(of) {
                    of == spoken || !is_sign(spoken)
                } else {
                    is_kin(&KIN, of, spoken)
                }
            }),
            near: set(&|of| !is_sign(of) && is_kin(&NEIGHBOURS, of, spoken)),
            other: set(&|of| !is_sign(of)),
        }
    }

    /// `other` is what the item may be in as well, where nobody said its language: both are
    /// guesses then, and a name counts where it does in one of the two.
    pub(super) fn tongue(&self, language: Option<&str>, other: Option<&str>) -> Tongue {
        let of = |language: Option<&str>| {
            let tag = language.map(primary)?;
            Some(self.spoken.get(tag).copied().unwrap_or_else(|| self.spoken(tag)))
        };
        let spoken = match (of(language), of(other)) {
            (Some(one), None) => Some(Spoken { near: 0, other: 0, ..one }),
            (Some(one), Some(two)) => Some(Spoken {
                own: one.own | two.own,
                near: one.near | two.near,
                other: one.other | two.other,
            }),
            (None, _) => None,
        };
        Tongue { spoken }
    }

    /// The languages in which a name of `tags` is read in an item of one of `spoken`: those of
    /// the item that are its own, else its own.
    pub(super) fn read_in<'l>(
        &self,
        tags: Tags,
        spoken: impl Iterator<Item = &'l str>,
    ) -> Vec<&'l str> {
        let is_own = |tag: &&str| self.by_tag.get(primary(tag)).is_some_and(|bit| bit & tags != 0);
        let read: Vec<&str> = spoken.filter(is_own).collect();
        if !read.is_empty() {
            return read;
        }
        self.tags.iter().copied().filter(|tag| self.by_tag[tag] & tags != 0).collect()
    }
}

impl Tongue {
    /// Whether a name of these languages counts.
    pub(super) fn lets(
        self,
        tags: Tags,
        is_abbreviation: bool,
        is_unmistakable: impl Fn() -> bool,
    ) -> bool {
        match self.spoken {
            Some(Spoken { own, near, other }) => {
                tags & (own | near) != 0 || tags & other != 0 && is_unmistakable()
            }
            // In a language that is not known, three capitals may be anything.
            None => !is_abbreviation,
        }
    }
}
