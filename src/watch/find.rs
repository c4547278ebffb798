//! From an item to what it mentions: places, topics, and terms of watches.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::ops::Range;

use super::lexicon::{Hit, Meaning};
use super::vocabulary::Vocabulary;
use super::{Field, Matcher, coordinate};
use crate::feed::Item;
use crate::gazetteer::{
    COUNTS_FROM, Casing, Context, Name, Phrase, Place, Reading, Surroundings, Tags, Via,
};
use crate::text::fold::{Folded, fold};
use crate::text::language::{self, Guess};
use crate::text::tokens::{Kind, Token, tokens};

/// One field of an item, made ready.
#[derive(Debug)]
pub(super) struct Text<'t> {
    pub(super) field: Field,
    pub(super) original: &'t str,
    pub(super) folded: Folded,
    pub(super) tokens: Vec<Token>,
    pub(super) casing: Casing,
    is_title_case: OnceCell<bool>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mention {
    pub(super) field: Field,
    /// Byte offsets into the field's original text.
    pub(super) range: Range<usize>,
    /// Indexes of the first and the last token.
    pub(super) tokens: (usize, usize),
    pub(super) of: Of,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Place(Place, Via),
    Topic(usize),
    Want(usize),
}

/// A name in a text, with all that it may stand for there.
#[derive(Debug, Clone)]
pub(super) struct Sighting {
    /// Index of its field in the item's texts.
    pub(super) text: usize,
    /// Bytes of the folded text.
    pub(super) range: Range<usize>,
    pub(super) tokens: (usize, usize),
    /// `None`: a name that only hides shorter ones.
    pub(super) place: Option<Place>,
    pub(super) via: Via,
    /// Whether it counts only before a hyphen: “Indo-”.
    pub(super) is_prefix: bool,
    /// The languages that it is a name in; `None`: all.
    pub(super) languages: Option<Tags>,
}

/// A reading of a name that does not count.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lost {
    text: usize,
    range: Range<usize>,
    pub(super) place: Place,
    /// Less than [`COUNTS_FROM`].
    pub(super) trust: f64,
}

impl Lost {
    fn is(&self, sighting: &Sighting) -> bool {
        self.text == sighting.text
            && self.range == sighting.range
            && Some(self.place) == sighting.place
    }
}

impl Text<'_> {
    /// Shows the text to a judge of readings.
    fn context<T>(&self, judge: impl FnOnce(&Context<'_>) -> T) -> T {
        let begins_at = |at: usize| self.folded.original(at..at + 1).start;
        judge(&Context {
            folded: self.folded.as_str(),
            original: self.original,
            tokens: &self.tokens,
            casing: self.casing,
            is_title_case: *self.is_title_case.get_or_init(|| is_title_case(self.original)),
            begins_at: &begins_at,
        })
    }
}

/// What an item mentions, in the order in which one reads.
#[derive(Debug)]
pub(super) struct Found<'t> {
    pub(super) texts: Vec<Text<'t>>,
    pub(super) spoken: Spoken,
    pub(super) mentions: Vec<Mention>,
    /// Readings of names that something else was meant by.
    pub(super) lost: Vec<Lost>,
}

impl<'t> Found<'t> {
    /// The words of a reading that does not count.
    pub(super) fn words_of(&self, lost: &Lost) -> &'t str {
        let text = &self.texts[lost.text];
        &text.original[text.folded.original(lost.range.clone())]
    }

    pub(super) fn text(&self, field: Field) -> &'t str {
        self.texts.iter().find(|text| text.field == field).map_or("", |text| text.original)
    }
}

/// The language of an item, as it is said or as it looks.
#[derive(Debug, Clone, Default)]
pub(super) struct Spoken {
    pub(super) language: Option<String>,
    /// What it may be as well, where nobody said it and its few words leave a doubt. A name counts
    /// where it does in one of the two: ignorance is no reason for silence.
    pub(super) other: Option<&'static str>,
}

impl Spoken {
    /// The languages that the item may be in.
    fn languages(&self) -> impl Iterator<Item = &str> {
        self.language.as_deref().into_iter().chain(self.other)
    }
}

impl Matcher {
    /// Finds everything in one item, in one pass over each of its fields.
    pub(super) fn find<'t>(&self, item: &'t Item) -> Found<'t> {
        let fields = [
            (Field::Title, &item.title),
            (Field::Summary, &item.summary),
            (Field::Body, &item.body),
        ];
        let texts: Vec<Text<'t>> = fields
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(field, text)| prepared(field, text))
            .collect();
        let spoken = spoken(item, &texts);
        let tongue = self.world.tongue(spoken.language.as_deref(), spoken.other);
        let (mut sightings, mut mentions) = (Vec::new(), Vec::new());
        let (mut hits, mut heads) = (Vec::new(), Vec::new());
        for (index, text) in texts.iter().enumerate() {
            heads.clear();
            self.base.scan(text.folded.as_str(), &text.tokens, &mut hits);
            self.own.scan(text.folded.as_str(), &text.tokens, &mut hits);
            for hit in hits.drain(..) {
                let of = match hit.meaning {
                    Meaning::Name(name) => {
                        let known = &self.world.names[name as usize];
                        if known.speaks(tongue) {
                            sightings.extend(sighting(index, text, known, hit));
                        }
                        continue;
                    }
                    Meaning::Head(head) => {
                        heads.push((head, hit.tokens.0));
                        continue;
                    }
                    Meaning::Topic(topic) => Of::Topic(topic as usize),
                    Meaning::Want(want) => Of::Want(want as usize),
                };
                let range = text.folded.original(hit.range);
                mentions.push(Mention { field: text.field, range, tokens: hit.tokens, of });
            }
            let named = sightings.len();
            for short in coordinate::shared(text, self.base, &heads) {
                let Meaning::Name(name) = short.meaning else { continue };
                // A phrase that is a name itself is not taken apart.
                let is_name = |it: &Sighting| it.text == index && it.range == short.range;
                if sightings[..named].iter().any(is_name) {
                    continue;
                }
                let known = &self.world.names[name as usize];
                let range = text.folded.original(short.range.clone());
                let written = &text.original[range];
                if known.speaks(tongue) && known.is_spelled(written, text.casing) {
                    let (place, via) = (known.place, known.via);
                    let (range, tokens) = (short.range, short.tokens);
                    let (is_prefix, languages) = (known.is_prefix(), known.languages);
                    let text = index;
                    sightings.push(Sighting {
                        text,
                        range,
                        tokens,
                        place,
                        via,
                        is_prefix,
                        languages,
                    });
                }
            }
        }
        let settled = self.settle(sightings, &texts);
        let lost = self.misread(&settled, &texts, &spoken);
        for sighting in settled {
            let Some(place) = sighting.place else { continue };
            if lost.iter().any(|it| it.is(&sighting)) {
                continue;
            }
            let text = &texts[sighting.text];
            mentions.push(Mention {
                field: text.field,
                range: text.folded.original(sighting.range),
                tokens: sighting.tokens,
                of: Of::Place(place, sighting.via),
            });
        }
        mentions.sort_by_key(|mention| (mention.field, mention.range.start));
        Found { texts, spoken, mentions, lost }
    }

    /// The readings of names that do not count: something else is meant.
    fn misread(&self, settled: &[Sighting], texts: &[Text<'_>], spoken: &Spoken) -> Vec<Lost> {
        let form = |it: &Sighting| &texts[it.text].folded.as_str()[it.range.clone()];
        let is_sure: Vec<bool> =
            settled.iter().map(|it| !self.world.is_ambiguous(form(it))).collect();
        let sure = || settled.iter().zip(&is_sure).filter(|(_, is_sure)| **is_sure);
        let vocabulary = OnceCell::new();
        let holds = |phrase: &Phrase| {
            let vocabulary = vocabulary.get_or_init(|| Vocabulary::of(texts));
            vocabulary.may_hold(phrase.hash)
                && texts.iter().any(|text| text.context(|context| context.holds(phrase)))
        };
        let mut lost = Vec::new();
        for (sighting, is_sure) in settled.iter().zip(&is_sure) {
            let Some(place) = sighting.place.filter(|_| !is_sure) else { continue };
            let is_supported = || sure().any(|(other, _)| other.place == Some(place));
            let is_beside = || {
                sure().any(|(other, _)| {
                    other.text == sighting.text
                        && other.via == Via::Name
                        && other.place.is_some_and(|it| it != place && is_country(it))
                        && distance(sighting.tokens, other.tokens) <= BESIDE_TOKENS
                })
            };
            let trust = texts[sighting.text].context(|context| {
                let (form, tokens) = (form(sighting), sighting.tokens);
                let reading = Reading { form, place, tokens };
                let item = Surroundings {
                    holds: &holds,
                    is_supported: &is_supported,
                    is_beside: &is_beside,
                };
                // As it is read in the language that makes the most of it; `None`, sure, is more.
                let languages = self.world.read_in(sighting.languages, spoken.languages());
                let mut trusts = languages
                    .into_iter()
                    .map(|language| self.world.trust(&reading, language, context, &item));
                let first = trusts.next().flatten()?;
                trusts.try_fold(first, |most, trust| Some(most.max(trust?)))
            });
            if let Some(trust) = trust.filter(|trust| *trust < COUNTS_FROM) {
                let (text, range) = (sighting.text, sighting.range.clone());
                lost.push(Lost { text, range, place, trust });
            }
        }
        lost
    }

    /// Of names that overlap the first and longest stands, if it is not
    /// [eclipsed](is_eclipsed); of one range all do (`North and South Korea` is two countries),
    /// unless one of them hides them. A country's name within that of a region on its land stands
    /// too: “eastern Ukraine” is a mention of Ukraine, but “Indo-Pacific” is none of India. So does a
    /// region's within that of a part of its country: “Kirkuk Governorate”.
    fn settle(&self, mut sightings: Vec<Sighting>, texts: &[Text<'_>]) -> Vec<Sighting> {
        sightings.sort_by_key(|it| {
            (it.text, it.range.start, Reverse(it.range.end), it.place.is_some(), it.via)
        });
        let eclipsed: Vec<bool> = (0..sightings.len())
            .map(|index| is_eclipsed(&sightings[index], &sightings[index + 1..], texts))
            .collect();
        let mut eclipsed = eclipsed.into_iter();
        sightings.retain(|_| eclipsed.next() == Some(false));
        let mut settled: Vec<Sighting> = Vec::new();
        // Where the longest name stands, what it is, and where the last name within it does.
        let (mut text, mut standing, mut inner) = (0, 0..0, 0..0);
        let mut places: Vec<(Place, Via)> = Vec::new();
        let mut is_hidden = false;
        for sighting in sightings {
            if sighting.text != text || sighting.range.start >= standing.end {
                (text, standing) = (sighting.text, sighting.range.clone());
                (inner, is_hidden) = (standing.start..standing.start, sighting.place.is_none());
                places.clear();
            }
            let Some(place) = sighting.place else { continue };
            if sighting.range == standing {
                let is_weaker = places.iter().any(|(known, via)| {
                    *known == place
                        || (*via < sighting.via && is_country(*known) && is_country(place))
                });
                // What hides a country (`Latin America`) may be a region's own name.
                if !(is_weaker || is_hidden && is_country(place)) {
                    places.push((place, sighting.via));
                    settled.push(sighting);
                }
            } else if !sighting.is_prefix
                && (sighting.range.start >= inner.end || sighting.range == inner)
                && sighting.range.end <= standing.end
                && (self.lies_in(&places, place)
                    || self.is_of_a_part(&places, place) && is_apart(&sighting, texts))
            {
                inner = sighting.range.clone();
                settled.push(sighting);
            }
        }
        settled
    }

    /// Whether one of `places` is a region on the land of a country that is not among them.
    fn lies_in(&self, places: &[(Place, Via)], country: Place) -> bool {
        let Place::Country(index) = country else { return false };
        let code = &self.world.countries[index].code;
        let on_its_land = |(place, _): &(Place, Via)| match place {
            Place::Region(region) => self.world.regions[*region].lands.contains(code),
            Place::Country(_) => false,
        };
        !places.iter().any(|(place, _)| *place == country) && places.iter().any(on_its_land)
    }

    /// Whether a region lies in the country of `places`, all of which were found by a part's name.
    fn is_of_a_part(&self, places: &[(Place, Via)], region: Place) -> bool {
        let Place::Region(region) = region else { return false };
        let of_a_part = |(place, via): &(Place, Via)| match place {
            Place::Country(index) => {
                let code = &self.world.countries[*index].code;
                *via == Via::Part && self.world.regions[region].countries.contains(code)
            }
            Place::Region(_) => false,
        };
        !places.is_empty() && places.iter().all(of_a_part)
    }
}

/// Whether no hyphen ties a name to what is beside it: Alpes in Provence-Alpes-Côte d'Azur.
fn is_apart(sighting: &Sighting, texts: &[Text<'_>]) -> bool {
    let text = &texts[sighting.text];
    let Range { start, end } = text.folded.original(sighting.range.clone());
    !text.original[..start].ends_with('-') && !text.original[end..].starts_with('-')
}

/// Tokens between two names that stand beside each other: `and`, `a pact with`.
const BESIDE_TOKENS: usize = 3;

/// How many tokens stand between two names.
fn distance(one: (usize, usize), other: (usize, usize)) -> usize {
    let (first, second) = if one.0 <= other.0 { (one, other) } else { (other, one) };
    second.0.saturating_sub(first.1 + 1)
}

/// Whether a name of words reaches into one that has more of them, or is written more like a name:
/// “near East China Sea”, “near East Asia”.
fn is_eclipsed(one: &Sighting, later: &[Sighting], texts: &[Text<'_>]) -> bool {
    let is_word = |token: &Token| token.kind == Kind::Word;
    let words = |it: &Sighting| {
        let tokens = &texts[it.text].tokens[it.tokens.0..=it.tokens.1];
        tokens.iter().filter(|token| is_word(token)).count()
    };
    let begins_small = |it: &Sighting| {
        let text = &texts[it.text];
        text.original[text.folded.original(it.range.clone())].starts_with(char::is_lowercase)
    };
    let is_of_words = is_word(&texts[one.text].tokens[one.tokens.0]);
    later
        .iter()
        .take_while(|it| is_of_words && it.text == one.text && it.range.start < one.range.end)
        .filter(|it| it.range.start > one.range.start && it.range.end > one.range.end)
        .any(|it| words(it) > words(one) || begins_small(one) && !begins_small(it))
}

/// What a hit of a name is, where it is spelled as the name asks and stands alone.
fn sighting(index: usize, text: &Text<'_>, name: &Name, hit: Hit) -> Option<Sighting> {
    let original = text.folded.original(hit.range.clone());
    let counts = name.is_spelled(&text.original[original.clone()], text.casing)
        && name.stands_alone(text.original, &original);
    let (place, via, is_prefix) = (name.place, name.via, name.is_prefix());
    let Hit { range, tokens, .. } = hit;
    let (text, languages) = (index, name.languages);
    counts.then_some(Sighting { text, range, tokens, place, via, is_prefix, languages })
}

fn is_country(place: Place) -> bool {
    matches!(place, Place::Country(_))
}

fn prepared(field: Field, original: &str) -> Text<'_> {
    let folded = fold(original);
    let tokens = tokens(folded.as_str());
    let casing = Casing::of(original);
    Text { field, original, folded, tokens, casing, is_title_case: OnceCell::new() }
}

/// Whether nearly all longer words of a text have a capital: Such Headlines Are Common.
fn is_title_case(text: &str) -> bool {
    /// Letters of a word that a headline's style gives a capital.
    const LETTERS_MIN: usize = 4;
    let words = text.split_whitespace().filter(|word| word.chars().nth(LETTERS_MIN - 1).is_some());
    let (mut count, mut capitals) = (0, 0);
    for word in words.take(60) {
        count += 1;
        capitals += usize::from(word.starts_with(char::is_uppercase));
    }
    count >= 4 && capitals * 10 >= count * 8
}

fn spoken(item: &Item, texts: &[Text<'_>]) -> Spoken {
    if item.language.is_some() {
        return Spoken { language: item.language.clone(), other: None };
    }
    match language::guess(texts.iter().map(|text| text.original)) {
        Some(Guess { language, other }) => Spoken { language: Some(language.to_owned()), other },
        None => Spoken::default(),
    }
}
