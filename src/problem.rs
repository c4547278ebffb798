//! What is wrong in a file that a human wrote, said so that the human can mend it.
//!
//! A [`Problem`] has a place (file, line, column), a message and perhaps a hint; [`Problem`]'s
//! `Display` also shows the line itself with the faulty part underlined, unless a secret stands
//! in it. Owners of a configuration shape make problems from [`InFile`] values, which remember
//! where they stood.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use unicode_width::UnicodeWidthStr as _;

/// One file that was read: its name as the operator would type it, and its text.
pub(crate) struct SourceFile {
    /// The path as shown in messages.
    pub(crate) name: String,
    /// The whole text; spans are byte ranges of it.
    pub(crate) text: String,
}

/// The text may hold secrets.
impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A value and the file it was written in.
#[derive(Debug, Clone)]
pub(crate) struct InFile<T> {
    /// Where it was written.
    pub(crate) file: Arc<SourceFile>,
    /// The byte range of the whole value, for messages about what is missing in it.
    pub(crate) span: Range<usize>,
    /// Keys that were written and are left out of the value because they have a problem of
    /// their own: to say that they are missing would be wrong.
    pub(crate) removed: Vec<String>,
    /// What was written.
    pub(crate) value: T,
}

impl<T> Deref for InFile<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> InFile<T> {
    /// A problem with the part of this value that stands at `span`.
    pub(crate) fn problem(&self, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem::at(Arc::clone(&self.file), span, message)
    }

    /// The same place with another value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> InFile<U> {
        InFile {
            file: self.file,
            span: self.span,
            removed: self.removed,
            value: change(self.value),
        }
    }

    /// The problem that a key is missing; none where it was written wrongly, for that is told
    /// already.
    pub(crate) fn missing(&self, key: &str) -> Option<Problem> {
        let told = self.removed.iter().any(|removed| removed == key);
        (!told).then(|| self.problem_here(format!("missing `{key}`")))
    }

    /// A problem with the value as a whole: shown at its first line.
    pub(crate) fn problem_here(&self, message: impl Into<String>) -> Problem {
        Problem::at(Arc::clone(&self.file), self.span.clone(), message)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub struct Problem {
    place: Option<(Arc<SourceFile>, Range<usize>)>,
    file_only: Option<String>,
    message: String,
    hint: Option<String>,
}

impl Problem {
    /// A problem at a byte range of a file.
    pub(crate) fn at(
        file: Arc<SourceFile>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self { place: Some((file, span)), file_only: None, message: message.into(), hint: None }
    }

    /// A problem with a whole file, such as one that cannot be read.
    pub(crate) fn with_file(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: None, file_only: Some(name.into()), message: message.into(), hint: None }
    }

    /// Adds a hint: a statement that helps, not a question.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint where there is one.
    #[must_use]
    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The message alone, without place or hint.
    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Everything but the line, on one line: for a log.
    pub(crate) fn in_one_line(&self) -> String {
        let mut text = self.place();
        if let Some(hint) = &self.hint {
            text.push_str("; ");
            text.push_str(hint);
        }
        text
    }

    /// Replaces what must not be shown by what was written for it.
    pub(crate) fn hide(&mut self, hidden: &str, shown: &str) {
        self.message = self.message.replace(hidden, shown);
        self.hint = self.hint.take().map(|hint| hint.replace(hidden, shown));
    }

    /// `file:line:column: message`.
    fn place(&self) -> String {
        match (&self.place, self.line_and_column(), &self.file_only) {
            (Some((file, _)), Some((line, column)), _) => {
                format!("{}:{line}:{column}: {}", file.name, self.message)
            }
            (_, _, Some(name)) => format!("{name}: {}", self.message),
            _ => self.message.clone(),
        }
    }

    /// The line with its carets; `None` for a whole file, and where a secret stands in it.
    fn excerpt(&self) -> Option<String> {
        let (file, span) = self.place.as_ref()?;
        let (line, _) = self.line_and_column()?;
        let start = floor(&file.text, span.start);
        let line_start = file.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = file.text[start..].find('\n').map_or(file.text.len(), |end| start + end);
        let written = &file.text[line_start..line_end];
        if holds_secret(&file.text[..line_start], written) {
            return None;
        }
        let end = floor(&file.text, span.end).clamp(start, line_end);
        let indent = file.text[line_start..start].replace('\t', " ").width();
        let carets = file.text[start..end].width().max(1);
        let shown = written.replace('\t', " ");
        let (indent, carets) = (" ".repeat(indent), "^".repeat(carets));
        Some(format!("{line:>5} | {}\n      | {indent}{carets}", shown.trim_end()))
    }

    /// Line and column, both from 1, columns in characters; `None` for a whole file.
    pub(crate) fn line_and_column(&self) -> Option<(usize, usize)> {
        let (file, span) = self.place.as_ref()?;
        let before = &file.text[..floor(&file.text, span.start)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Some((before.matches('\n').count() + 1, before[line_start..].chars().count() + 1))
    }

    /// Problems in the order in which a reader meets them: by file, of each those of the whole
    /// first, then by place.
    pub(crate) fn sort(problems: &mut [Self]) {
        problems.sort_by_key(|problem| match &problem.place {
            Some((file, span)) => (file.name.clone(), Some(span.start)),
            None => (problem.file_only.clone().unwrap_or_default(), None),
        });
    }
}

/// The largest character boundary of `text` that is not past `index`.
fn floor(text: &str, index: usize) -> usize {
    text.floor_char_boundary(index.min(text.len()))
}

/// Whether a secret may stand in `line`, which follows the text `before` it: a key such as
/// `secret` or `token`, an address with a password, or one in a `[[notifier]]`, whose path often is one.
fn holds_secret(before: &str, line: &str) -> bool {
    let is_secret = |key: &str| {
        let key = key.to_lowercase();
        !key.ends_with("_file") && ["secret", "token", "password"].iter().any(|it| key.contains(it))
    };
    let of_key = |(at, _)| {
        let key = line[..at].trim_end().trim_end_matches(['"', '\'']);
        key.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
            .next()
            .is_some_and(is_secret)
    };
    let in_notifier = || {
        let head = before.lines().chain([line]).rfind(|line| line.trim_start().starts_with('['));
        head.is_some_and(|head| head.contains("notifier")) || line.contains("notifier")
    };
    let has_userinfo = |after: &str| {
        after.split(['/', '"', '\'', '?']).next().is_some_and(|authority| authority.contains('@'))
    };
    line.contains("whsec_")
        || line.split("://").skip(1).any(has_userinfo)
        || line.match_indices('=').any(of_key)
        || (line.contains("://") && in_notifier())
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())?;
        if let Some(excerpt) = self.excerpt() {
            write!(f, "\n{excerpt}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// The known word nearest to what was written, if one is near enough to be meant.
///
/// Near is a Jaro-Winkler similarity above 0.8, case aside; of equals the first wins.
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let written = written.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for word in known {
        let likeness = strsim::jaro_winkler(&written, &word.to_lowercase());
        if likeness > 0.8 && best.is_none_or(|(top, _)| likeness > top) {
            best = Some((likeness, word));
        }
    }
    best.map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Arc<SourceFile> {
        Arc::new(SourceFile { name: "config/watch.toml".into(), text: text.into() })
    }

    #[test]
    fn a_problem_shows_place_line_carets_and_hint() {
        let text = "[[watch]]\ncountries = [\"日本\", \"Maly\"]\n";
        let start = text.find("\"Maly\"").expect("written above");
        let problem = Problem::at(file(text), start..start + 6, "unknown country `Maly`")
            .hint("there is a country named `Mali` (ML)");
        assert_eq!(
            problem.to_string(),
            "config/watch.toml:2:20: unknown country `Maly`\n    \
             2 | countries = [\"日本\", \"Maly\"]\n      \
             |                      ^^^^^^\n  \
             hint: there is a country named `Mali` (ML)"
        );
    }

    #[test]
    fn a_span_over_lines_or_past_the_end_is_cut_to_the_line() {
        let problem = Problem::at(file("[a]\nb = 1"), 0..99, "odd");
        assert_eq!(problem.to_string(), "config/watch.toml:1:1: odd\n    1 | [a]\n      | ^^^");
        let problem = Problem::at(file(""), 7..9, "empty");
        assert_eq!(problem.to_string(), "config/watch.toml:1:1: empty\n    1 | \n      | ^");
    }

    #[test]
    fn a_line_with_a_secret_is_not_shown() {
        #[track_caller]
        fn check(text: &str, shown: bool) {
            let start = text.rfind('=').expect("written below") + 2;
            let problem = Problem::at(file(text), start..text.len(), "odd").hint("none");
            let said = problem.to_string();
            assert_eq!(said.contains(" | "), shown, "{said}");
            let (line, column) = problem.line_and_column().expect("a place");
            let place = format!("config/watch.toml:{line}:{column}: odd");
            assert!(said.starts_with(&place) && said.ends_with("\n  hint: none"), "{said}");
            assert_eq!(problem.in_one_line(), format!("{place}; none"));
        }
        check("[[notifier]]\nsecret = \"hunter2\"", false);
        check("[[notifier]]\nsecrett = 'hunter2'", false);
        check("[[notifier]]\nname = 'whsec_abc'", false);
        check("[[notifier]]\nurl = \"htps://hooks.example/T/B/X\"", false);
        check("[[notifier]]\n[notifier.retry]\nx = 'https://hooks.example/T'", false);
        check("notifier = [{ url = 'https://hooks.example/T' }]", false);
        check("[web]\n\"token\" = 5", false);
        check("[web]\napi-token=5", false);
        check("[store]\nurl = 'postgres://w:hunter2@db/w'", false);
        check("[[feed]]\nurl = 'https://a.example/@x'", true);
        check("[web]\ntoken_file = 'nowhere'", true);
        check("[[notifier]]\ntimeout = '31s'", true);
        check("[[notifier]]\nname = 'a'\n[[feed]]\nurl = 'https://a.example/x'", true);
        check("[[watch]]\nterms = ['secret police', 'token']", true);
    }

    #[test]
    fn a_file_is_shown_by_its_name() {
        assert_eq!(format!("{:?}", file("secret = 'hunter2'")), "config/watch.toml");
        let problem = Problem::with_file("w.toml", "cannot be read");
        assert_eq!(
            (problem.to_string(), problem.in_one_line().as_str()),
            ("w.toml: cannot be read".into(), "w.toml: cannot be read")
        );
    }

    #[test]
    fn nearest_finds_a_slip_and_refuses_a_stranger() {
        assert_eq!(nearest("Maly", ["Japan", "Mali", "Malta"]), Some("Mali"));
        assert_eq!(nearest("intervall", ["url", "interval"]), Some("interval"));
        assert_eq!(nearest("xyzzy", ["url", "interval"]), None);
    }
}
