//! `[[notifier]]` as an operator writes it, and what it turns into.

use std::collections::HashSet;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use url::Url;

use super::Notifier;
use super::channel::{Channel, FileLines, StdoutLines, Webhook};
use super::sign::Key;
use crate::problem::{InFile, Problem};
use crate::setting::{Length, NOT_YET_BUILT, NotYetBuilt, Severity};

/// `[[notifier]]`; which keys a type takes is said by [`compile`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// What watches call it.
    pub(crate) name: Option<Spanned<String>>,
    /// What it speaks.
    #[serde(rename = "type")]
    pub(crate) kind: Option<Spanned<Kind>>,
    /// webhook: where to; the path often is a secret.
    pub(crate) url: Option<Spanned<SecretString>>,
    /// webhook: `whsec_…`; two, in a list, while one replaces the other.
    pub(crate) secret: Option<Spanned<Secrets>>,
    /// file: where to; a relative path is taken from the working directory.
    pub(crate) path: Option<Spanned<String>>,
    /// stdout: `text` (default) or `json`.
    pub(crate) format: Option<Spanned<StdoutFormat>>,
    /// Alerts below this stay away from it; absent: all come.
    pub(crate) min_severity: Option<Severity>,
    /// webhook: the whole of one request, answer included.
    pub(crate) timeout: Option<Spanned<Length>>,
    /// When to try again.
    pub(crate) retry: Option<Retry>,
    /// Pace.
    pub(crate) rate: Option<NotYetBuilt>,
    /// Many in one.
    pub(crate) digest: Option<NotYetBuilt>,
    /// Hold at night.
    pub(crate) quiet: Option<NotYetBuilt>,
    /// Own body.
    pub(crate) template: Option<NotYetBuilt>,
}

/// `retry = { schedule = […] }`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Retry {
    /// The wait before each try: `0s` for the first.
    pub(crate) schedule: Option<Spanned<Vec<Length>>>,
}

/// What a notifier speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Signed JSON over HTTP.
    Webhook,
    /// A line on standard output.
    Stdout,
    /// A line of JSON in a file.
    File,
}

/// Every type of the contract, the built ones first.
const KINDS: [&str; 13] = [
    "webhook",
    "stdout",
    "file",
    "slack",
    "discord",
    "teams",
    "telegram",
    "ntfy",
    "mattermost",
    "pagerduty",
    "email",
    "apprise",
    "command",
];

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "webhook" => Ok(Self::Webhook),
            "stdout" => Ok(Self::Stdout),
            "file" => Ok(Self::File),
            known if KINDS.contains(&known) => {
                Err(D::Error::custom(format!("notifier type `{known}` {NOT_YET_BUILT}")))
            }
            other => Err(D::Error::unknown_variant(other, &KINDS)),
        }
    }
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Stdout => "stdout",
            Self::File => "file",
        }
    }
}

/// How `stdout` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StdoutFormat {
    /// For people.
    #[default]
    Text,
    /// The webhook body, a line each.
    Json,
}

/// One secret or two; never shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets(pub(crate) Vec<SecretString>);

impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Secrets;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a secret, or a list of two")
            }
            fn visit_str<E: serde::de::Error>(self, secret: &str) -> Result<Secrets, E> {
                Ok(Secrets(vec![secret.into()]))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Secrets, A::Error> {
                let mut secrets = Vec::new();
                while let Some(secret) = list.next_element::<String>()? {
                    secrets.push(secret.into());
                }
                Ok(Secrets(secrets))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The wait before each try where nobody says: 76 hours in all, dense at first, for an alert
/// that waits long is stale. Source: the span and tail of Standard Webhooks 1.0.0.
const SCHEDULE_SECONDS: [u64; 13] =
    [0, 2, 10, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// Tries that a schedule may have.
const TRIES_MAX: usize = 50;
/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(86_400);
/// The whole of one request where nobody says. Source: Standard Webhooks 1.0.0, 15 to 30 s.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Turns what was written into notifiers, or says all that is wrong.
pub(crate) fn compile(configs: &[InFile<Config>]) -> Result<Vec<Notifier>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut names = HashSet::new();
    let mut notifiers = Vec::new();
    for config in configs {
        let name = name(config, &mut names, &mut problems);
        let schedule = schedule(config, &mut problems);
        let channel = channel(config, &mut problems);
        if let (Some(name), Some(schedule), Some(channel)) = (name, schedule, channel) {
            let min_severity = config.min_severity.unwrap_or(Severity::Info);
            notifiers.push(Notifier { name, min_severity, schedule, channel });
        }
    }
    if problems.is_empty() { Ok(notifiers) } else { Err(problems) }
}

fn name(
    config: &InFile<Config>,
    names: &mut HashSet<String>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let Some(name) = &config.name else {
        problems.extend(config.missing("name"));
        return None;
    };
    let written = name.get_ref().trim().to_owned();
    if written.is_empty() {
        problems.push(config.problem(name.span(), "`name` is empty"));
        return None;
    }
    if !names.insert(written.clone()) {
        let message = format!("there is another notifier named `{written}`");
        problems.push(config.problem(name.span(), message));
        return None;
    }
    Some(written)
}

fn schedule(config: &InFile<Config>, problems: &mut Vec<Problem>) -> Option<Vec<Duration>> {
    let Some(schedule) = config.retry.as_ref().and_then(|retry| retry.schedule.as_ref()) else {
        return Some(SCHEDULE_SECONDS.map(Duration::from_secs).to_vec());
    };
    let waits: Vec<Duration> = schedule.get_ref().iter().map(|wait| wait.0).collect();
    let message = if waits.is_empty() {
        "`schedule` is empty: nothing would ever be sent".to_owned()
    } else if waits.len() > TRIES_MAX {
        format!("`schedule` has more than {TRIES_MAX} tries")
    } else if !waits[0].is_zero() {
        "`schedule` begins with `0s`: the first try goes out at once".to_owned()
    } else if waits.iter().any(|wait| *wait > WAIT_MAX) {
        "`schedule`: no wait may be longer than `24h`".to_owned()
    } else {
        return Some(waits);
    };
    problems.push(config.problem(schedule.span(), message));
    None
}

fn channel(config: &InFile<Config>, problems: &mut Vec<Problem>) -> Option<Channel> {
    let Some(kind) = &config.kind else {
        problems.extend(config.missing("type"));
        return None;
    };
    let kind = *kind.get_ref();
    let foreign = [
        ("url", config.url.as_ref().map(Spanned::span), kind == Kind::Webhook),
        ("secret", config.secret.as_ref().map(Spanned::span), kind == Kind::Webhook),
        ("timeout", config.timeout.as_ref().map(Spanned::span), kind == Kind::Webhook),
        ("path", config.path.as_ref().map(Spanned::span), kind == Kind::File),
        ("format", config.format.as_ref().map(Spanned::span), kind == Kind::Stdout),
    ];
    for (key, span, belongs) in foreign {
        if let (Some(span), false) = (span, belongs) {
            let message = format!("`{key}` is not a key of a `{}` notifier", kind.as_str());
            problems.push(config.problem(span, message));
        }
    }
    match kind {
        Kind::Webhook => {
            let url = webhook_url(config, problems);
            let keys = webhook_keys(config, problems);
            let timeout = webhook_timeout(config, problems);
            Some(Channel::Webhook(Webhook { url: url?, keys: keys?, timeout: timeout? }))
        }
        Kind::Stdout => {
            let format = config.format.as_ref().map(|format| *format.get_ref());
            Some(Channel::Stdout(StdoutLines { format: format.unwrap_or_default() }))
        }
        Kind::File => {
            let Some(path) = &config.path else {
                problems.extend(config.missing("path"));
                return None;
            };
            if path.get_ref().is_empty() {
                problems.push(config.problem(path.span(), "`path` is empty"));
                return None;
            }
            Some(Channel::File(FileLines { path: path.get_ref().into() }))
        }
    }
}

fn webhook_url(config: &InFile<Config>, problems: &mut Vec<Problem>) -> Option<Url> {
    let Some(url) = &config.url else {
        problems.extend(config.missing("url"));
        return None;
    };
    match Url::parse(url.get_ref().expose_secret()) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => {
            Some(parsed)
        }
        // The text may hold a token: it is not repeated.
        _ => {
            problems.push(config.problem(url.span(), "`url`: expected an http or https address"));
            None
        }
    }
}

fn webhook_keys(config: &InFile<Config>, problems: &mut Vec<Problem>) -> Option<Vec<Key>> {
    let hint = "make one with: echo \"whsec_$(openssl rand -base64 32)\"";
    let Some(secret) = &config.secret else {
        problems.extend(config.missing("secret").map(|problem| problem.hint(hint)));
        return None;
    };
    let secrets = &secret.get_ref().0;
    if secrets.is_empty() || secrets.len() > 2 {
        let message = "`secret`: expected a secret, or a list of two";
        problems.push(config.problem(secret.span(), message));
        return None;
    }
    let keys: Option<Vec<Key>> =
        secrets.iter().map(|secret| Key::parse(secret.expose_secret())).collect();
    if keys.is_none() {
        let message = "`secret` must be `whsec_` and base64 of 24 to 64 bytes";
        problems.push(config.problem(secret.span(), message).hint(hint));
    }
    keys
}

fn webhook_timeout(config: &InFile<Config>, problems: &mut Vec<Problem>) -> Option<Duration> {
    let Some(timeout) = &config.timeout else { return Some(TIMEOUT) };
    let length = timeout.get_ref().0;
    if (Duration::from_secs(1)..=Duration::from_secs(30)).contains(&length) {
        return Some(length);
    }
    problems.push(config.problem(timeout.span(), "`timeout` must be between `1s` and `30s`"));
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use toml::de::DeTable;

    use super::*;
    use crate::problem::SourceFile;

    /// Compiles the `[[notifier]]`s in `text` and returns the problems, a line each.
    fn problems(text: &str) -> Vec<String> {
        let file = Arc::new(SourceFile { name: "w.toml".into(), text: text.into() });
        let mut table = DeTable::parse(text).expect("TOML").into_inner();
        let elements = table.remove("notifier").expect("a notifier").into_inner();
        let toml::de::DeValue::Array(elements) = elements else { panic!("a list") };
        let configs: Vec<InFile<Config>> = elements
            .into_iter()
            .map(|element| InFile {
                file: Arc::clone(&file),
                span: element.span(),
                removed: Vec::new(),
                value: Config::deserialize(toml::de::ValueDeserializer::from(element))
                    .expect("the shape"),
            })
            .collect();
        let mut found = compile(&configs).err().unwrap_or_default();
        Problem::sort(&mut found);
        found
            .iter()
            .map(|problem| {
                let (line, column) = problem.line_and_column().expect("a place");
                format!("{line}:{column}: {}", problem.message())
            })
            .collect()
    }

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn whole_notifiers_compile() {
        let text = format!(
            "[[notifier]]\nname = 'a'\ntype = 'webhook'\nurl = 'https://soc.example/x'\n\
             secret = ['{SECRET}', '{SECRET}']\ntimeout = '30s'\n\
             retry = {{ schedule = ['0s', '1m'] }}\n\
             [[notifier]]\nname = 'b'\ntype = 'stdout'\nformat = 'json'\n\
             [[notifier]]\nname = 'c'\ntype = 'file'\npath = 'alerts.jsonl'\nmin_severity = 'high'\n"
        );
        assert_eq!(problems(&text), [""; 0]);
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let text = "[[notifier]]\ntype = 'webhook'\nurl = 'ftp://soc.example'\nsecret = 'hunter2'\n\
                    timeout = '31s'\npath = 'x'\nretry = { schedule = [] }\n\
                    [[notifier]]\nname = 'a'\ntype = 'file'\n\
                    [[notifier]]\nname = 'a'\ntype = 'stdout'\nurl = 'https://x.example'\n\
                    retry = { schedule = ['0s', '25h'] }\n\
                    [[notifier]]\nname = 'b'\ntype = 'stdout'\nretry = { schedule = ['1s'] }\n\
                    [[notifier]]\nname = ' '\n\
                    [[notifier]]\nname = 'w'\ntype = 'webhook'\nsecret = ['a', 'b', 'c']\n";
        assert_eq!(
            problems(text),
            [
                "1:1: missing `name`",
                "3:7: `url`: expected an http or https address",
                "4:10: `secret` must be `whsec_` and base64 of 24 to 64 bytes",
                "5:11: `timeout` must be between `1s` and `30s`",
                "6:8: `path` is not a key of a `webhook` notifier",
                "7:22: `schedule` is empty: nothing would ever be sent",
                "8:1: missing `path`",
                "12:8: there is another notifier named `a`",
                "14:7: `url` is not a key of a `stdout` notifier",
                "15:22: `schedule`: no wait may be longer than `24h`",
                "19:22: `schedule` begins with `0s`: the first try goes out at once",
                "20:1: missing `type`",
                "21:8: `name` is empty",
                "22:1: missing `url`",
                "25:10: `secret`: expected a secret, or a list of two",
            ]
        );
    }

    #[test]
    fn secrets_are_never_shown() {
        let secrets = Secrets(vec![SECRET.into()]);
        assert!(!format!("{secrets:?}").contains("MfKQ"));
    }

    #[test]
    fn the_default_schedule_spans_76_hours() {
        assert_eq!(SCHEDULE_SECONDS.iter().sum::<u64>() / 3_600, 75);
        assert_eq!(SCHEDULE_SECONDS.len(), 13);
    }
}
