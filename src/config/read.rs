//! One TOML value into one shape, with every mistake in it told.
//!
//! serde stops at the first mistake. So each mistake is told, the key it concerns is taken out
//! of the value, and the rest is read again, until it reads: at most once per key. What is left
//! is the value as far as it is right.

use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use crate::problem::{InFile, Problem, SourceFile, nearest};
use crate::setting::NOT_YET_BUILT;

/// Mistakes told of one value before the rest is taken as read.
const MISTAKES_MAX: usize = 100;

/// Reads one value; `None` where nothing of it could be read, which has been told.
pub(super) fn value<T: DeserializeOwned>(
    file: &Arc<SourceFile>,
    name: &str,
    mut value: Spanned<DeValue<'_>>,
    problems: &mut Vec<Problem>,
) -> Option<InFile<T>> {
    let span = value.span();
    let mut removed = Vec::new();
    for _ in 0..MISTAKES_MAX {
        let error = match T::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(read) => {
                return Some(InFile { file: Arc::clone(file), span, removed, value: read });
            }
            Err(error) => error,
        };
        let at = error.span().unwrap_or_else(|| span.clone());
        let taken = take_out(value.get_mut(), &at, name);
        let key = taken.as_deref().unwrap_or(name);
        problems.push(told(file, key, at, error.message()));
        removed.push(taken?);
    }
    None
}

/// Reads each element of an array of tables (`[[feed]]`).
pub(super) fn elements<T: DeserializeOwned>(
    file: &Arc<SourceFile>,
    name: &str,
    array: Spanned<DeValue<'_>>,
    into: &mut Vec<InFile<T>>,
    problems: &mut Vec<Problem>,
) {
    let span = array.span();
    let DeValue::Array(elements) = array.into_inner() else {
        let message = format!("`{name}` is a list of tables");
        problems
            .push(Problem::at(Arc::clone(file), span, message).hint(format!("write `[[{name}]]`")));
        return;
    };
    for element in elements {
        into.extend(value(file, name, element, problems));
    }
}

/// Takes the key or array element at `span` out of `value`, and names the key it stood under.
fn take_out(value: &mut DeValue<'_>, span: &Range<usize>, name: &str) -> Option<String> {
    match value {
        DeValue::Table(table) => {
            let found = table
                .iter()
                .find(|(key, value)| key.span() == *span || value.span() == *span)
                .map(|(key, _)| key.get_ref().to_string());
            if let Some(key) = found {
                table.remove(key.as_str());
                return Some(key);
            }
            let names: Vec<String> = table.keys().map(|key| key.get_ref().to_string()).collect();
            names.iter().find_map(|key| {
                let inner = table.get_mut(key.as_str())?;
                take_out(inner.get_mut(), span, key)
            })
        }
        DeValue::Array(array) => {
            let found = array.iter().position(|element| element.span() == *span);
            if let Some(index) = found {
                let rest = array.iter().enumerate().filter(|(at, _)| *at != index);
                *array = rest.map(|(_, element)| element.clone()).collect();
                return Some(name.to_owned());
            }
            array.iter_mut().find_map(|element| take_out(element.get_mut(), span, name))
        }
        _ => None,
    }
}

/// Says serde's words in ours.
fn told(file: &Arc<SourceFile>, key: &str, at: Range<usize>, message: &str) -> Problem {
    let problem = |text: String| Problem::at(Arc::clone(file), at.clone(), text);
    if let Some((word, known)) = unknown("unknown field", message) {
        let near = nearest(word, known.iter().copied());
        return problem(format!("unknown key `{word}`")).hint(near.map_or_else(
            || format!("known here: {}", known.join(", ")),
            |near| format!("there is a key named `{near}`"),
        ));
    }
    if let Some((word, known)) = unknown("unknown variant", message) {
        let near = nearest(word, known.iter().copied());
        return problem(format!("unknown value `{word}` for `{key}`")).hint(near.map_or_else(
            || format!("known here: {}", known.join(", ")),
            |near| format!("there is `{near}`"),
        ));
    }
    if message == NOT_YET_BUILT {
        return problem(format!("`{key}` {NOT_YET_BUILT}"));
    }
    if message.contains(NOT_YET_BUILT) {
        return problem(message.to_owned());
    }
    let wrong_type = ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split_once(", expected "));
    match wrong_type {
        Some((found, expected)) => problem(format!("`{key}`: expected {expected}, found {found}")),
        None => problem(format!("`{key}`: {message}")),
    }
}

/// Takes apart ``unknown field `x`, expected one of `a`, `b` ``: the word, and what is known.
fn unknown<'m>(start: &str, message: &'m str) -> Option<(&'m str, Vec<&'m str>)> {
    let rest = message.strip_prefix(start)?.strip_prefix(" `")?;
    let (word, expected) = rest.split_once("`, expected ").or_else(|| rest.split_once("`, "))?;
    let known = expected.split('`').skip(1).step_by(2).collect();
    Some((word, known))
}
