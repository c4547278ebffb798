//! What queries mean, what is said of wrong ones, and that both hold for any text.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// `query` reads as what has the normal form `normal`.
#[track_caller]
fn reads(query: &str, normal: &str) {
    let read = parse(query).expect("a query");
    assert_eq!(read.to_string(), normal, "{query}");
    assert_eq!(without_spans(parse(normal)), without_spans(Ok(read)), "{query}");
}

/// The first mistake in `query`: the part it is about, what it says and its hint.
#[track_caller]
fn errs(query: &str, part: &str, message: &str, hint: &str) {
    let mistake = parse(query).expect_err("a mistake");
    let said = (&query[mistake.span.clone()], mistake.message.as_str());
    assert_eq!(said, (part, message), "{query}");
    assert_eq!(mistake.hint.unwrap_or_default(), hint, "{query}");
}

fn without_spans(query: Result<Query, Mistake>) -> Query {
    let mut query = query.expect("a query");
    query.atoms.iter_mut().for_each(|atom| atom.span = 0..0);
    query
}

#[test]
fn what_binds_tighter_needs_no_brackets() {
    reads("a1 OR b1 AND c1", "a1 OR b1 AND c1");
    reads("(a1 OR (b1 AND c1))", "a1 OR b1 AND c1");
    reads("(a1 OR b1)AND(c1)", "(a1 OR b1) AND c1");
    reads("c1 AND NOT (a1 AND b1)", "c1 AND NOT (a1 AND b1)");
    reads("c1 AND NOT a1 AND b1", "c1 AND NOT a1 AND b1");
    reads("NOT NOT a1", "NOT NOT a1");
    reads("a1 AND (b1 AND c1) AND ((d1))", "a1 AND b1 AND c1 AND d1");
    reads("c1 AND NOT a1 NEAR/5 b1", "c1 AND NOT a1 NEAR/5 b1");
    let documented = "(region:\"East China Sea\" OR \"Okinawa Trough\") AND topic:military-exercise \
                      AND NOT title:football";
    reads(documented, documented);
    reads("\n a1\n\tOR\u{3000}b1 ", "a1 OR b1");
}

#[test]
fn the_tree_is_over_atoms_in_their_order() {
    let text = "(region:\"East China Sea\" OR title:drone* NEAR/5 navy) AND NOT lang:ja";
    let query = parse(text).expect("a query");
    let near = Node::Near { left: 1, right: 2, within: 5 };
    let either = Node::Or(vec![Node::Atom(0), near]);
    assert_eq!(query.root, Node::And(vec![either, Node::Not(Box::new(Node::Atom(3)))]));
    let spans: Vec<_> = query.atoms.iter().map(|atom| &text[atom.span.clone()]).collect();
    assert_eq!(spans, ["region:\"East China Sea\"", "title:drone*", "navy", "lang:ja"]);
}

#[test]
fn an_atom_is_a_term_or_a_name() {
    #[track_caller]
    fn check(query: &str, kind: &Kind) {
        assert_eq!(&parse(query).expect("a query").atoms[0].kind, kind, "{query}");
    }
    let term = |written, field| Kind::Term { term: Term::parse(written).expect("a term"), field };
    check("drone", &term("drone", None));
    check("C++", &term("C++", None));
    check("尖閣", &term("尖閣", None));
    check("near", &term("near", None));
    check("\"Okinawa Trough\"", &term("\"Okinawa Trough\"", None));
    check("\"and\"", &term("\"and\"", None));
    check("drone*", &term("drone*", None));
    check("\"undersea cable*\"", &term("undersea cable*", None));
    check("title:football", &term("football", Some(Field::Title)));
    check("summary:\"a b\"", &term("\"a b\"", Some(Field::Summary)));
    check("body:NOT", &term("NOT", Some(Field::Body)));
    let words = vec!["joint".to_owned(), "patrol".to_owned()];
    check(
        "title:\"joint  patrol\"~4",
        &Kind::Together { words, within: 4, field: Some(Field::Title) },
    );
    check("region:\" East China Sea \"", &Kind::Region("East China Sea".into()));
    check("country:AND", &Kind::Country("AND".into()));
    check("topic:military-exercise", &Kind::Topic("military-exercise".into()));
    check("lang:or AND drone", &Kind::Language("or".into()));
    check("feed:\"NHK World\" AND drone", &Kind::Feed("NHK World".into()));
    check("feed:tag:japan AND drone", &Kind::Feed("tag:japan".into()));
}

#[test]
fn a_key_holds_for_its_bracket() {
    reads("title:(a1 OR \"b c\") AND d1", "(title:a1 OR title:\"b c\") AND d1");
    reads("title:(a1 AND NOT (b1 OR c1*))", "title:a1 AND NOT (title:b1 OR title:c1*)");
    reads("title:(a1 NEAR/3 b1)", "title:a1 NEAR/3 title:b1");
    reads("title:a1 NEAR/3 b1", "title:a1 NEAR/3 b1");
    reads("country:(JP OR CN OR \"or\")", "country:JP OR country:CN OR country:or");
    reads("a1 AND feed:(tag:x OR \"title:x\")", "a1 AND (feed:tag:x OR feed:\"title:x\")");
    reads("\"NEAR/*\" OR \"x:y*\"", "\"NEAR/*\" OR \"x:y*\"");
}

#[test]
fn a_query_holds_for_what_was_met() {
    #[track_caller]
    fn check(query: &str, met: &[usize], near: &[(usize, usize, usize)], holds: bool) {
        let query = parse(query).expect("a query");
        let held = query.holds(|atom| met.contains(&atom), |l, r, n| near.contains(&(l, r, n)));
        assert_eq!(held, holds, "{query} with {met:?}");
    }
    check("a1 OR b1 AND c1", &[0], &[], true);
    check("a1 OR b1 AND c1", &[1], &[], false);
    check("a1 OR b1 AND c1", &[1, 2], &[], true);
    check("a1 AND NOT b1", &[0], &[], true);
    check("a1 AND NOT b1", &[0, 1], &[], false);
    check("a1 NEAR/5 b1", &[0, 1], &[], false);
    check("a1 NEAR/5 b1", &[0, 1], &[(0, 1, 5)], true);
}

#[test]
fn evidence_is_what_is_looked_for_in_the_text() {
    #[track_caller]
    fn check(query: &str, positive: &[usize]) {
        assert_eq!(parse(query).expect("a query").positive(), positive, "{query}");
    }
    check("a1 AND NOT b1", &[0]);
    check("a1 AND NOT (b1 OR NOT c1)", &[0, 2]);
    check("lang:ja AND feed:x AND (region:y OR topic:z)", &[2, 3]);
    check("a1 NEAR/2 b1 AND NOT c1 NEAR/2 d1", &[0, 1]);
}

#[test]
fn what_costs_least_of_what_is_needed() {
    #[track_caller]
    fn check(query: &str, needed: &[usize]) {
        let cost = |kind: &Kind| if matches!(kind, Kind::Country(_)) { 3 } else { 1 };
        let found = parse(query).expect("a query").needed(cost);
        assert_eq!(found.as_deref(), Some(needed), "{query}");
    }
    check("country:JP", &[0]);
    check("country:JP AND a1", &[1]);
    check("country:JP AND (a1 OR b1 OR c1 OR d1)", &[0]);
    check("lang:ja AND (country:JP OR a1) AND NOT b1", &[1, 2]);
    check("NOT (NOT a1 OR NOT b1)", &[0]);
    check("a1 NEAR/3 b1 OR c1", &[0, 2]);
}

#[test]
fn what_stands_wrong_is_told() {
    const BETWEEN: &str = "write `AND` or `OR` between them";
    errs("", "", "the query is empty", "");
    errs(" \n", " \n", "the query is empty", "");
    errs("(a1 OR b1", "(", "the bracket is not closed", "");
    errs("a1 AND (", "(", "the bracket is not closed", "");
    errs("a1) OR b1", ")", "the bracket closes nothing", "");
    errs(")", ")", "the bracket closes nothing", "");
    errs("a1 AND ( )", "( )", "there is nothing in the bracket", "");
    errs("a1 AND \"b1 OR c1", "\"b1 OR c1", "the quote is not closed", "");
    errs("a1 AND", "AND", "`AND` has nothing after it", "");
    errs("a1 AND OR b1", "AND", "`AND` has nothing after it", "");
    errs("(a1 OR NOT) AND b1", "NOT", "`NOT` has nothing after it", "");
    errs("a1 NEAR/5", "NEAR/5", "`NEAR/5` has nothing after it", "");
    errs("OR a1", "OR", "`OR` has nothing before it", "");
    errs("a1 AND (NEAR/5 b1)", "NEAR/5", "`NEAR/5` has nothing before it", "");
    errs(
        "Okinawa Trough",
        "Trough",
        "there is no operator before `Trough`",
        "write `AND` or `OR` between them, or a phrase: `\"Okinawa Trough\"`",
    );
    errs("a1 \"b c\"", "\"b c\"", "there is no operator before `\"b c\"`", BETWEEN);
    errs("a1 title:b", "title:", "there is no operator before `title:`", BETWEEN);
    errs("(a1)(b1)", "(", "there is no operator before `(`", BETWEEN);
    errs("a1 NOT b1", "NOT", "there is no operator before `NOT`", "write `AND NOT`");
}

#[test]
fn words_of_other_languages_are_told() {
    let capitals = |name| format!("operators are written in capitals: `{name}`");
    errs("a1 and b1", "and", "`and` is no operator", &capitals("AND"));
    errs("a1 Or b1", "Or", "`Or` is no operator", &capitals("OR"));
    errs("not b1", "not", "`not` is no operator", &capitals("NOT"));
    errs("a1 near/3 b1", "near/3", "`near/3` is no operator", &capitals("NEAR/3"));
    let marks = "quotes are `\"`, brackets `(` and `)`";
    errs("'Okinawa Trough'", "'", "`'` is no mark of a query", marks);
    errs("title:“x”", "“", "`“` is no mark of a query", marks);
    errs("drone AND -football", "-", "`-` leaves nothing out", "write `NOT football`");
    errs("title:!x", "!", "`!` leaves nothing out", "write `NOT x`");
    errs("a1 && b1", "&&", "`&&` is no operator", &capitals("AND"));
    errs("a1 || b1", "||", "`||` is no operator", &capitals("OR"));
}

#[test]
fn a_wrong_field_or_value_is_told() {
    errs("regon:x", "regon:", "unknown field `regon:`", "there is a field `region:`");
    errs("a1 OR Title:x", "Title:", "unknown field `Title:`", "there is a field `title:`");
    let others = "there are `region:`, `country:`, `topic:`, `title:`, `summary:`, `body:`, \
                  `lang:`, `feed:`; any other word with a `:` stands in quotes";
    errs("https://x.example", "https:", "unknown field `https:`", others);
    errs(":x", ":", "unknown field `:`", others);
    errs("region:", "region:", "`region:` has no value", "");
    errs("(topic:)", "topic:", "`topic:` has no value", "");
    errs("lang:\" \"", "\" \"", "`lang:` has no value", "");
    let space = "no space stands behind the `:`: `title:football`";
    errs("title: football", "title:", "`title:` has no value", space);
    errs("title:(body:x)", "body:", "`body:` cannot stand behind `title:`", "");
    errs("title:region:x", "region:", "`region:` cannot stand behind `title:`", "");
    errs("region:\"a b\"~4", "\"a b\"~4", "`region:` takes a name, without `~4`", "");
    errs("\"\"", "\"\"", "`\"\"` has no letter or digit", "");
    errs("a1 OR b*", "b*", "`b*` needs at least 2 letters before its `*`", "");
    errs("title:dro*ne", "dro*ne", "`dro*ne`: a `*` stands at the end of a term", "");
    let inside = "it stands in them: `\"undersea cable*\"`";
    errs("\"undersea cable\"*", "*", "the `*` stands behind the quotes", inside);
}

#[test]
fn a_wrong_nearness_is_told() {
    let number = "`drone NEAR/5 navy` and `\"drone navy\"~5` have one";
    for (query, part) in [
        ("a1 NEAR b1", "NEAR"),
        ("a1 NEAR/ b1", "NEAR/"),
        ("a1 NEAR/0 b1", "NEAR/0"),
        ("a1 NEAR/51 b1", "NEAR/51"),
        ("\"a b\"~", "~"),
        ("\"a b\"~+4", "~+4"),
        ("\"a b\"~99999999999999999999", "~99999999999999999999"),
    ] {
        errs(query, part, &format!("`{part}` has no number of words from 1 to 50"), number);
    }
    let terms = "a term is a word, a phrase or a `prefix*`; others are written out: \
                 `ship NEAR/5 navy OR boat NEAR/5 navy`";
    let between = "`NEAR/5` stands between two terms";
    errs("region:x NEAR/5 navy", "NEAR/5", between, terms);
    errs("navy NEAR/5 (ship OR boat)", "NEAR/5", between, terms);
    errs("\"a b\"~4 NEAR/5 navy", "NEAR/5", between, terms);
    errs("a1 NEAR/3 b1 NEAR/5 c1", "NEAR/5", between, terms);
    errs("title:a1 NEAR/3 body:b1", "NEAR/3", "`NEAR/3` joins terms of one field", "");
    errs("\"joint\"~4", "\"joint\"~4", "`~4` needs two words or more", "");
    errs("\"a b c\"~1", "\"a b c\"~1", "`~1` is too near for 3 words", "");
    errs("\"a & b\"~4", "\"a & b\"~4", "`&` has no letter or digit", "");
    let joins = "`NEAR/4` joins two terms that may have a `*`";
    errs("\"joint patrol*\"~4", "\"joint patrol*\"~4", "`patrol*` is no whole word", joins);
    errs("\"dro* navy\"~4", "\"dro* navy\"~4", "`dro*` is no whole word", joins);
}

#[test]
fn what_would_be_no_reason_for_an_alert_is_told() {
    let narrow = "`NOT`, `lang:` and `feed:` narrow what else is found: `drone AND NOT football`";
    for query in ["NOT a1", "NOT a1 AND NOT b1", "NOT (a1 OR b1)", "lang:ja", "lang:ja AND NOT x"] {
        errs(query, query, "a query needs something that it looks for", narrow);
    }
    let side =
        "each side of an `OR` needs something to look for, beside `NOT`, `lang:` and `feed:`";
    for query in ["a1 OR NOT b1", "a1 OR lang:ja", "NOT (a1 AND NOT b1)"] {
        errs(query, query, "the query holds where nothing of it is found", side);
    }
    reads("a1 AND (b1 OR NOT c1)", "a1 AND (b1 OR NOT c1)");
}

#[test]
fn a_query_has_limits() {
    let long = "x".repeat(4097);
    errs(&long, &long, "a query has at most 4096 bytes", "");
    let deep = |depth: usize| format!("{}a1{}", "(".repeat(depth), ")".repeat(depth));
    reads(&deep(32), "a1");
    errs(&deep(33), "(", "at most 32 brackets and `NOT`s stand in one another", "");
    let nots = "NOT ".repeat(34) + "a1";
    errs(&nots, "NOT", "at most 32 brackets and `NOT`s stand in one another", "");
    let many = |atoms: usize| vec!["a1"; atoms].join(" OR ");
    reads(&many(200), &many(200));
    errs(&many(201), "a1", "a query has at most 200 terms and names", "");
    errs(&"x".repeat(201), &"x".repeat(201), "a term has at most 200 bytes", "");
}

/// Text that is often a query: pieces of the language, with and without spaces.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        " AND ",
        " OR ",
        "NOT ",
        "(",
        ")",
        " NEAR/3 ",
        "title:",
        "body:(",
        "region:",
        "lang:or",
        "feed:tag:x",
        "feed:(",
        "drone*",
        "\"a b\"",
        "\"a  b\"~4",
        "\"x:y *\"",
        "\"-a*\"",
        "\"(q*\"",
        "尖閣",
        "AND",
        "-x",
        "'",
        "\"",
        "~2",
        ":",
        " ",
        "\u{3000}",
        "\"NEAR/*\"",
        "x",
        "y",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A query: terms and names joined in all ways, with something to look for.
fn queries() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "drone*",
        "\"Okinawa Trough\"",
        "title:a1",
        "body:\"joint patrol\"~4",
        "a1 NEAR/3 title:b1",
        "region:\"East China Sea\"",
        "country:AND",
        "lang:or",
        "feed:(tag:x OR \"body:y\")",
        "\"undersea cable*\"",
        "summary:(c1 OR NOT \"d:e*\")",
        "\"or\"",
        "尖閣",
    ]);
    let inner = atom.prop_map(str::to_owned).prop_recursive(5, 24, 4, |part| {
        let parts = || prop::collection::vec(part.clone(), 1..4);
        prop_oneof![
            parts().prop_map(|parts| parts.join(" OR ")),
            parts().prop_map(|parts| parts.join(" AND ")),
            parts().prop_map(|parts| format!("({})", parts.join(" OR "))),
            part.clone().prop_map(|part| format!("NOT ({part})")),
            part.prop_map(|part| format!("NOT {part}")),
        ]
    });
    inner.prop_map(|query| format!("x1 AND ({query})"))
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![any::<String>(), pieces()]) {
        match parse(&text) {
            Ok(query) => {
                let again = parse(&query.to_string());
                prop_assert_eq!(without_spans(again), without_spans(Ok(query)));
            }
            Err(mistake) => prop_assert!(text.get(mistake.span).is_some()),
        }
    }

    #[test]
    fn a_normal_form_reads_back(text in queries()) {
        let query = parse(&text).expect("a query");
        let normal = query.to_string();
        let again = parse(&normal).expect("a normal form");
        prop_assert_eq!(again.to_string(), normal);
        prop_assert_eq!(without_spans(Ok(again)), without_spans(Ok(query)));
    }

    #[test]
    fn it_holds_for_a_reason(text in prop_oneof![queries(), pieces()], seed in any::<u64>()) {
        let Ok(query) = parse(&text) else { return Ok(()) };
        let positive: HashSet<_> = query.positive().into_iter().collect();
        let met = |atom: usize| seed.rotate_right(u32::try_from(atom % 64).unwrap_or(0)) & 1 == 1;
        let near = |left, right, _| met(left) && met(right);
        let reason = positive.iter().any(|atom| met(*atom));
        prop_assert!(reason || !query.holds(met, near));
        let needed = query.needed(|_| 1).expect("a query needs something");
        prop_assert!(!query.holds(met, near) || needed.iter().any(|atom| met(*atom)));
        let reasons = query.reasons(met, near);
        prop_assert!(reasons.iter().all(|atom| positive.contains(atom) && met(*atom)));
        prop_assert_eq!(query.holds(met, near), !reasons.is_empty());
        prop_assert_eq!(query.holds(met, near), query.unmet(met, near).is_empty());
        // What cannot be evidence has no part in it but to prevent.
        let unwanted = |atom: usize| query.atoms[atom].kind.is_in_text() && !positive.contains(&atom);
        let fewer = |atom| met(atom) && !unwanted(atom);
        let near_fewer = |left, right, _| fewer(left) && fewer(right);
        prop_assert!(!query.holds(met, near) || query.holds(fewer, near_fewer));
    }
}
