//! The arithmetic: what an answer is worth beside the gold, and sums over documents.
//!
//! Micro: precision and recall count pairs of a document and a name, whatever the document. The
//! conventions for nothing at all (no gold and no answer is a precision and a recall of 1) are
//! those of the script by which the real corpora were scored, so that the figures compare.

use super::gold::Names;

/// How an answer differs from the gold of one document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) right: usize,
    pub(super) missing: Vec<String>,
    pub(super) extra: Vec<String>,
}

impl Verdict {
    pub(super) fn exact(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}

/// Judges what was `said`. What is `neutral` and yet said counts neither way.
pub(super) fn judge(gold: &Names, neutral: &Names, said: &Names) -> Verdict {
    let extra = said.difference(gold).filter(|name| !neutral.contains(*name));
    Verdict {
        right: gold.intersection(said).count(),
        missing: gold.difference(said).cloned().collect(),
        extra: extra.cloned().collect(),
    }
}

/// The sum of verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) documents: usize,
    right: usize,
    missing: usize,
    extra: usize,
    exact: usize,
    /// Documents with nothing to be found.
    empty: usize,
    /// These, where something was found all the same.
    flagged: usize,
}

impl FromIterator<Verdict> for Tally {
    fn from_iter<I: IntoIterator<Item = Verdict>>(verdicts: I) -> Self {
        let mut sum = Self::default();
        for verdict in verdicts {
            sum.add(&verdict);
        }
        sum
    }
}

impl Tally {
    fn add(&mut self, verdict: &Verdict) {
        let empty = verdict.right + verdict.missing.len() == 0;
        self.documents += 1;
        self.right += verdict.right;
        self.missing += verdict.missing.len();
        self.extra += verdict.extra.len();
        self.exact += usize::from(verdict.exact());
        self.empty += usize::from(empty);
        self.flagged += usize::from(empty && !verdict.extra.is_empty());
    }

    /// Whether there is anything to be found: if not, precision and recall say nothing.
    pub(super) fn has_gold(&self) -> bool {
        self.right + self.missing > 0
    }

    pub(super) fn precision(&self) -> f64 {
        match self.right + self.extra {
            0 if self.missing == 0 => 1.0,
            said => share(self.right, said),
        }
    }

    pub(super) fn recall(&self) -> f64 {
        match self.right + self.missing {
            0 => 1.0,
            gold => share(self.right, gold),
        }
    }

    pub(super) fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        let sum = precision + recall;
        if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 }
    }

    /// The share of documents that are right to the last name.
    pub(super) fn exact(&self) -> f64 {
        share(self.exact, self.documents)
    }

    pub(super) fn false_alerts_per_document(&self) -> f64 {
        share(self.extra, self.documents)
    }

    /// The share of documents with nothing to be found where something was found; `None` where
    /// every document has something.
    pub(super) fn flagged(&self) -> Option<f64> {
        (self.empty > 0).then(|| share(self.flagged, self.empty))
    }
}

/// `part` of `whole`; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "thousands, not more than 2^52")]
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Names out of `AA BB`, for tests of the harness.
pub(super) fn names(text: &str) -> Names {
    text.split_whitespace().map(str::to_owned).collect()
}

#[track_caller]
fn check_verdict(
    (gold, neutral, said): (&str, &str, &str),
    (right, missing, extra): (usize, &str, &str),
) {
    let verdict = judge(&names(gold), &names(neutral), &names(said));
    let expected = Verdict {
        right,
        missing: names(missing).into_iter().collect(),
        extra: names(extra).into_iter().collect(),
    };
    assert_eq!(verdict, expected);
}

#[test]
fn what_is_missing_and_extra_is_told_apart() {
    check_verdict(("", "", ""), (0, "", ""));
    check_verdict(("FR", "", "FR"), (1, "", ""));
    check_verdict(("FR GB", "", "FR DE"), (1, "GB", "DE"));
    check_verdict(("FR", "", ""), (0, "FR", ""));
    check_verdict(("", "US", "US"), (0, "", ""));
    check_verdict(("FR", "US", "US GB"), (0, "FR", "GB"));
    check_verdict(("FR", "US", "FR"), (1, "", ""));
}

/// Sums documents of `gold|said`, and tells precision, recall, F1, exact, false alerts a
/// document and the share of empty documents flagged.
#[track_caller]
fn check_tally(documents: &[&str], expected: [&str; 6]) {
    let verdicts = documents.iter().map(|document| {
        let (gold, said) = document.split_once('|').expect("gold|said");
        judge(&names(gold), &Names::new(), &names(said))
    });
    let tally: Tally = verdicts.collect();
    let flagged = tally.flagged().map_or("none".to_owned(), |it| format!("{it:.3}"));
    let told = [
        tally.precision(),
        tally.recall(),
        tally.f1(),
        tally.exact(),
        tally.false_alerts_per_document(),
    ];
    let told: Vec<String> = told.iter().map(|it| format!("{it:.3}")).chain([flagged]).collect();
    assert_eq!(told, expected);
}

#[test]
fn documents_add_up() {
    check_tally(&[], ["1.000", "1.000", "1.000", "0.000", "0.000", "none"]);
    check_tally(&["|"], ["1.000", "1.000", "1.000", "1.000", "0.000", "0.000"]);
    check_tally(&["|FR"], ["0.000", "1.000", "0.000", "0.000", "1.000", "1.000"]);
    check_tally(&["FR|"], ["0.000", "0.000", "0.000", "0.000", "0.000", "none"]);
    check_tally(
        &["FR GB|FR GB DE", "JP|JP", "|US", "|"],
        ["0.600", "1.000", "0.750", "0.500", "0.500", "0.500"],
    );
    check_tally(&["FR GB IT|FR", "JP|JP"], ["1.000", "0.500", "0.667", "0.500", "0.000", "none"]);
}

#[test]
fn a_tally_without_gold_says_so() {
    let tally: Tally = [judge(&names(""), &names(""), &names("FR"))].into_iter().collect();
    assert!(!tally.has_gold());
}
