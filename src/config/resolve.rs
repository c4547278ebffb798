//! Values that stand elsewhere: `${NAME}` in the environment, `key_file` in a file.
//!
//! Both are resolved after parsing, in values only, and once: what comes out is never looked
//! at again, so an environment variable cannot smuggle in syntax or name another.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Problem, SourceFile};

/// Bytes of a file that holds one value.
const VALUE_BYTES_MAX: u64 = 64 << 10;

/// What resolving one file needs, and what comes of it.
pub(super) struct Resolver<'a> {
    pub(super) file: &'a Arc<SourceFile>,
    /// What paths are relative to.
    pub(super) base: &'a Path,
    pub(super) problems: &'a mut Vec<Problem>,
    /// Each value that came from elsewhere, and what was written for it.
    pub(super) resolved: &'a mut Vec<Resolved>,
}

/// A value that came from elsewhere: no message may show it.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(super) value: SecretString,
    /// `${NAME}`, or `<from FILE>`.
    pub(super) written: String,
}

impl Resolver<'_> {
    /// Resolves everything in `table`, arrays and inner tables included.
    pub(super) fn table(&mut self, table: &mut DeTable<'_>) {
        for (_, value) in table.iter_mut() {
            self.inner(value);
        }
        let from_files: Vec<String> = table
            .keys()
            .map(|key| key.get_ref().to_string())
            .filter(|key| key.strip_suffix("_file").is_some_and(|key| !key.is_empty()))
            .collect();
        for key_file in from_files {
            let Some((written_key, value)) = table.remove_entry(key_file.as_str()) else {
                continue;
            };
            let key = key_file.strip_suffix("_file").expect("filtered above");
            if table.contains_key(key) {
                let message = format!("both `{key}` and `{key_file}` are given");
                self.problem(written_key.span(), message);
                continue;
            }
            let DeValue::String(path) = value.get_ref() else {
                self.problem(value.span(), format!("`{key_file}`: expected a path"));
                continue;
            };
            match read_value(path, std::env::var_os("CREDENTIALS_DIRECTORY"), self.base) {
                Ok(text) => {
                    self.came(&text, format!("<from {path}>"));
                    let value = Spanned::new(value.span(), DeValue::String(text.into()));
                    table.insert(Spanned::new(written_key.span(), key.to_owned().into()), value);
                }
                Err(reason) => self.problem(value.span(), reason),
            }
        }
    }

    fn inner(&mut self, value: &mut Spanned<DeValue<'_>>) {
        let span = value.span();
        match value.get_mut() {
            DeValue::String(text) if text.contains("${") => {
                let mut from = Vec::new();
                let resolved = interpolate(text, |name| {
                    let value = std::env::var(name).ok()?;
                    from.push((value.clone(), format!("${{{name}}}")));
                    Some(value)
                });
                for (value, written) in from {
                    self.came(&value, written);
                }
                match resolved {
                    Ok(resolved) => *text = resolved.into(),
                    Err(message) => self.problem(span, message),
                }
            }
            DeValue::Array(array) => {
                for element in array.iter_mut() {
                    self.inner(element);
                }
            }
            DeValue::Table(table) => self.table(table),
            _ => {}
        }
    }

    fn problem(&mut self, span: Range<usize>, message: String) {
        self.problems.push(Problem::at(Arc::clone(self.file), span, message));
    }

    fn came(&mut self, value: &str, written: String) {
        self.resolved.push(Resolved { value: value.into(), written });
    }
}

/// Replaces each `${NAME}`; `$${` stands for a literal `${`.
fn interpolate(
    text: &str,
    mut variable: impl FnMut(&str) -> Option<String>,
) -> Result<String, String> {
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
fn read_value(path: &str, credentials: Option<OsString>, base: &Path) -> Result<String, String> {
    let credential =
        credentials.map(|folder| PathBuf::from(folder).join(path)).filter(|path| path.is_file());
    let found = credential.unwrap_or_else(|| base.join(path));
    let shown = found.display();
    let cannot = |error: io::Error| format!("cannot read `{shown}`: {error}");
    let mut text = String::new();
    // Read no further than the cap: a device has no size and no end.
    let file = File::open(&found).map_err(cannot)?;
    file.take(VALUE_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > VALUE_BYTES_MAX {
        return Err(format!("`{shown}` is larger than 64 KiB"));
    }
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(format!("`{shown}` is empty"));
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

    #[test]
    fn a_value_in_a_file_is_a_credential_first() {
        let (credentials, base) =
            (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
        let write = |folder: &tempfile::TempDir, name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("written");
        };
        let read = |name: &str| {
            let read = read_value(name, Some(credentials.path().into()), base.path());
            read.map_err(|said| said.replace(&format!("{}/", base.path().display()), ""))
        };
        write(&base, "both", "beside the configuration\n");
        write(&credentials, "both", "a credential\r\n");
        write(&base, "one", "kept \n\n");
        write(&base, "empty", "\n");
        write(&base, "large", &"x".repeat(65_537));
        std::fs::write(base.path().join("binary"), [0xff]).expect("written");
        assert_eq!(read("both").as_deref(), Ok("a credential"));
        assert_eq!(read("one").as_deref(), Ok("kept \n"));
        let whole = base.path().join("both").display().to_string();
        assert_eq!(read(&whole).as_deref(), Ok("beside the configuration"));
        let wrong = |name: &str, said: &str| assert_eq!(read(name), Err(said.to_owned()));
        wrong("empty", "`empty` is empty");
        wrong("large", "`large` is larger than 64 KiB");
        wrong("binary", "cannot read `binary`: stream did not contain valid UTF-8");
        wrong("none", "cannot read `none`: No such file or directory (os error 2)");
        assert_eq!(
            read_value("/dev/zero", None, base.path()),
            Err("`/dev/zero` is larger than 64 KiB".into())
        );
    }
}
