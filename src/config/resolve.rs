//! Values that stand elsewhere: `${NAME}` in the environment, `key_file` in a file.
//!
//! Both are resolved after parsing, in values only, and once: what comes out is never looked
//! at again, so an environment variable cannot smuggle in syntax or name another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Problem, SourceFile};

/// Bytes of a file that holds one value.
const VALUE_BYTES_MAX: u64 = 64 << 10;

/// Resolves everything in `table`, arrays and inner tables included.
pub(super) fn table(
    table: &mut DeTable<'_>,
    file: &Arc<SourceFile>,
    base: &Path,
    problems: &mut Vec<Problem>,
) {
    for (_, value) in table.iter_mut() {
        inner(value, file, base, problems);
    }
    let from_files: Vec<String> = table
        .keys()
        .map(|key| key.get_ref().to_string())
        .filter(|key| key.len() > "_file".len() && key.ends_with("_file"))
        .collect();
    for key_file in from_files {
        let key = key_file.trim_end_matches("_file").to_owned();
        let Some((written_key, value)) = table.remove_entry(key_file.as_str()) else { continue };
        let problem = |message: String| Problem::at(Arc::clone(file), value.span(), message);
        if table.contains_key(key.as_str()) {
            let message = format!("both `{key}` and `{key_file}` are given");
            problems.push(Problem::at(Arc::clone(file), written_key.span(), message));
            continue;
        }
        let DeValue::String(path) = value.get_ref() else {
            problems.push(problem(format!("`{key_file}`: expected a path")));
            continue;
        };
        match read_value(path, base) {
            Ok(text) => {
                let value = Spanned::new(value.span(), DeValue::String(text.into()));
                table.insert(Spanned::new(written_key.span(), key.into()), value);
            }
            Err(reason) => problems.push(problem(reason)),
        }
    }
}

fn inner(
    value: &mut Spanned<DeValue<'_>>,
    file: &Arc<SourceFile>,
    base: &Path,
    problems: &mut Vec<Problem>,
) {
    let span = value.span();
    match value.get_mut() {
        DeValue::String(text) if text.contains("${") => {
            match interpolate(text, |name| std::env::var(name).ok()) {
                Ok(resolved) => *text = resolved.into(),
                Err(message) => {
                    problems.push(Problem::at(Arc::clone(file), span, message));
                }
            }
        }
        DeValue::Array(array) => {
            for element in array.iter_mut() {
                inner(element, file, base, problems);
            }
        }
        DeValue::Table(inner) => table(inner, file, base, problems),
        _ => {}
    }
}

/// Replaces each `${NAME}`; `$${` stands for a literal `${`.
fn interpolate(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = &from[2..];
            continue;
        }
        out.push_str(before);
        let (name, after) =
            from[2..].split_once('}').ok_or("`${` without its `}`; a literal one is `$${`")?;
        let is_name = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            return Err(format!("`${{{name}}}` names no environment variable"));
        }
        let value = variable(name).ok_or(format!("environment variable `{name}` is not set"))?;
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads a value from a file: in systemd's credentials directory first, then from `base`.
/// One line end at its end is not part of the value.
fn read_value(path: &str, base: &Path) -> Result<String, String> {
    let credential = std::env::var_os("CREDENTIALS_DIRECTORY")
        .map(|folder| PathBuf::from(folder).join(path))
        .filter(|path| path.is_file());
    let found = credential.unwrap_or_else(|| base.join(path));
    let size =
        std::fs::metadata(&found).map_err(|error| format!("cannot read `{path}`: {error}"))?;
    if size.len() > VALUE_BYTES_MAX {
        return Err(format!("`{path}` is larger than 64 KiB"));
    }
    let text = std::fs::read_to_string(&found)
        .map_err(|error| format!("cannot read `{path}`: {error}"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(format!("`{path}` is empty"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let variable = |name: &str| match name {
            "HOST" => Some("soc.example".to_owned()),
            "ODD" => Some("a\"b\n${HOST}$".to_owned()),
            _ => None,
        };
        let found = interpolate(text, variable);
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn variables_are_replaced_once_and_only_by_name() {
        check("https://${HOST}/x", Ok("https://soc.example/x"));
        check("${HOST}${HOST}", Ok("soc.examplesoc.example"));
        check("${ODD}", Ok("a\"b\n${HOST}$"));
        check("cost: $5, $HOST", Ok("cost: $5, $HOST"));
        check("$${HOST}", Ok("${HOST}"));
        check("${MISSING}", Err("environment variable `MISSING` is not set"));
        check("${HOST", Err("`${` without its `}`; a literal one is `$${`"));
        check("${a b}", Err("`${a b}` names no environment variable"));
        check("${}", Err("`${}` names no environment variable"));
    }
}
