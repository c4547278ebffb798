//! Languages as watches name them: primary tags of BCP 47 (`en`, `zh`).

/// Tags for one language that are written in two ways, the second as it is compared. Source: the
/// IANA Language Subtag Registry (preferred values; Bokmål and Nynorsk are Norwegian).
const SAME: [(&str, &str); 8] = [
    ("iw", "he"),
    ("in", "id"),
    ("ji", "yi"),
    ("mo", "ro"),
    ("nb", "no"),
    ("nn", "no"),
    ("tl", "fil"),
    ("cmn", "zh"),
];

/// Countries' codes that are no languages, and what is spoken there.
const COUNTRIES: [(&str, &str); 6] =
    [("jp", "ja"), ("cn", "zh"), ("tw", "zh"), ("ua", "uk"), ("cz", "cs"), ("dk", "da")];

/// The primary tag of a language tag, in the form in which tags are compared.
pub(super) fn primary(tag: &str) -> String {
    let first = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    match SAME.iter().find(|(it, _)| *it == first) {
        Some((_, same)) => (*same).to_owned(),
        None => first,
    }
}

/// The tag that a watch names; else what is wrong with it, and perhaps a hint.
pub(super) fn parse(written: &str) -> Result<String, (String, Option<String>)> {
    let is_tag =
        |it: &str| (2..=3).contains(&it.len()) && it.bytes().all(|c| c.is_ascii_alphabetic());
    let tag = primary(written);
    if !is_tag(written) {
        let message = format!("expected a language such as `en` or `zh`, found `{written}`");
        let hint = is_tag(&tag).then(|| format!("`{tag}` stands for all of its kinds"));
        return Err((message, hint));
    }
    match COUNTRIES.iter().find(|(country, _)| *country == tag) {
        Some((_, language)) => Err((
            format!("`{written}` is a country, not a language"),
            Some(format!("its language is `{language}`")),
        )),
        None => Ok(tag),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_its_primary_tag() {
        for (written, tag) in
            [("en", "en"), ("JA", "ja"), ("nb", "no"), ("iw", "he"), ("fil", "fil")]
        {
            assert_eq!(parse(written), Ok(tag.to_owned()));
        }
        assert_eq!((primary("en-GB").as_str(), primary("zh_Hant").as_str()), ("en", "zh"));
    }
}
