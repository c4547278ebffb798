//! A line on standard output: for people, or the frozen body for a pipe.

use std::fmt::Write as _;

use serde_json::Value;

use crate::notify::Delivery;
use crate::notify::config::StdoutFormat;

/// Standard output.
#[derive(Debug)]
pub(in crate::notify) struct StdoutLines {
    pub(in crate::notify) format: StdoutFormat,
}

impl StdoutLines {
    /// The line of one delivery, its end included.
    pub(in crate::notify) fn line(&self, delivery: &Delivery) -> String {
        match self.format {
            StdoutFormat::Json => format!("{}\n", delivery.body),
            StdoutFormat::Text => text_line(delivery),
        }
    }
}

/// `2024-07-28T09:12:44Z HIGH East China Sea: Headline (NHK World) “words” https://…`
fn text_line(delivery: &Delivery) -> String {
    let body: Value = serde_json::from_str(&delivery.body).unwrap_or_default();
    let data = &body["data"];
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let mut line = format!(
        "{} {} {}: {} ({})",
        text(&body["timestamp"]),
        text(&data["severity"]).to_uppercase(),
        text(&data["watch"]["name"]),
        text(&data["item"]["title"]),
        text(&data["item"]["feed"]["name"]),
    );
    if let Some(words) = data["evidence"][0]["text"].as_str() {
        let _ = write!(line, " “{}”", plain(words));
    }
    if let Some(url) = data["item"]["url"].as_str() {
        let _ = write!(line, " {}", plain(url));
    }
    line.push('\n');
    line
}

/// Leaves out what a terminal would act on: control characters and bidirectional overrides.
fn plain(text: &str) -> String {
    let acts = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|c| !acts(c)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::alert::AlertId;

    #[track_caller]
    fn check(body: &Value, format: StdoutFormat, expected: &str) {
        let delivery = Delivery {
            alert: AlertId("msg_1".into()),
            notifier: "console".into(),
            attempt: 1,
            epoch: 1,
            body: body.to_string(),
            first_try_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(StdoutLines { format }.line(&delivery), expected);
    }

    #[test]
    fn an_alert_is_one_line() {
        let body = json!({
            "timestamp": "2024-07-28T09:12:44Z",
            "data": {
                "severity": "high",
                "watch": { "name": "East China Sea" },
                "item": {
                    "title": "Ministers\n\u{1b}[31msign\u{202e}", "url": "https://news.example/1",
                    "feed": { "name": "NHK World" },
                },
                "evidence": [{ "text": "East and South China seas" }],
            },
        });
        check(
            &body,
            StdoutFormat::Text,
            "2024-07-28T09:12:44Z HIGH East China Sea: Ministers[31msign (NHK World) \
             “East and South China seas” https://news.example/1\n",
        );
        check(&json!({"a": 1}), StdoutFormat::Json, "{\"a\":1}\n");
    }
}
