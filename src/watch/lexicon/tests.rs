//! What is found in texts by paths, stems, endings and clitics.

use proptest::prelude::*;

use super::*;
use crate::text::fold::fold;
use crate::text::pattern::{open, whole};
use crate::text::tokens::tokens;

fn found(lexicon: &Lexicon, text: &str) -> Vec<(u32, String)> {
    let folded = fold(text);
    let tokens = tokens(folded.as_str());
    let mut hits = Vec::new();
    lexicon.scan(folded.as_str(), &tokens, &mut hits);
    let shown = |hit: &Hit| match hit.meaning {
        Meaning::Want(index) => (index, folded.as_str()[hit.range.clone()].to_owned()),
        other => panic!("{other:?}"),
    };
    hits.iter().map(shown).collect()
}

#[track_caller]
fn check(lexicon: &Lexicon, text: &str, expected: &[(u32, &str)]) {
    let found = found(lexicon, text);
    let found: Vec<_> = found.iter().map(|(index, text)| (*index, text.as_str())).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn whole_words_are_found_and_open_ones_go_on() {
    let mut lexicon = Lexicon::new(Vec::new());
    let terms = [
        ("ai", false),
        ("drone", true),
        ("Drone", false),
        ("尖閣", false),
        ("한국", false),
        ("East China Sea", false),
        ("C++", false),
    ];
    for (index, (term, may_go_on)) in (0..).zip(terms) {
        lexicon.add(&if may_go_on { open(term) } else { whole(term) }, Meaning::Want(index));
    }
    check(&lexicon, "the train, AI", &[(0, "ai")]);
    check(&lexicon, "a drone", &[(1, "drone"), (2, "drone")]);
    check(&lexicon, "two drones, one", &[(1, "drones")]);
    check(&lexicon, "eudrones", &[]);
    check(&lexicon, "沖縄県の尖閣諸島", &[(3, "尖閣")]);
    check(&lexicon, "한국은 오늘, 대한국", &[(4, "한국")]);
    check(&lexicon, "in the East-China Sea's", &[(5, "east china sea")]);
    check(&lexicon, "in C++.", &[(6, "c++")]);
}

#[test]
fn a_stem_takes_its_endings_and_no_others() {
    let sorted = |endings: &[&str]| {
        let mut endings: Vec<String> = endings.iter().map(ToString::to_string).collect();
        endings.sort();
        endings
    };
    let mut lexicon =
        Lexicon::new(vec![sorted(&["ая", "ои", "ую"]), sorted(&["я", "и", "ю", "еи"])]);
    let stem = |text: &str, list| Piece::Stem(text.to_owned(), Tail::Endings(list));
    lexicon.add(&[stem("южн", 0), stem("коре", 1)], Meaning::Want(0));
    lexicon.add(&[stem("коре", 1)], Meaning::Want(1));
    check(&lexicon, "Южная Корея", &[(0, "южная корея"), (1, "корея")]);
    check(&lexicon, "в Южной Корее и Южную Корею", &[(0, "южную корею"), (1, "корею")]);
    check(&lexicon, "корейский", &[]);
}

#[test]
fn clitics_are_taken_off() {
    let mut lexicon = Lexicon::new(Vec::new());
    lexicon.add(&whole("الصين"), Meaning::Want(0));
    lexicon.add(&whole("روسيا"), Meaning::Want(1));
    lexicon.add(&whole("ישראל"), Meaning::Want(2));
    check(&lexicon, "للصين", &[(0, "للصين")]);
    check(&lexicon, "والصين وروسيا", &[(0, "الصين"), (1, "روسيا")]);
    check(&lexicon, "בישראל ומישראל", &[(2, "ישראל"), (2, "ישראל")]);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\PC|a|i|尖|閣|و|ל|\u{301}){0,60}") {
        let mut lexicon = Lexicon::new(Vec::new());
        lexicon.add(&whole("ai"), Meaning::Want(0));
        lexicon.add(&open("尖"), Meaning::Want(1));
        lexicon.add(&open("לאא"), Meaning::Want(2));
        found(&lexicon, &text);
    }
}
