//! The months' names in the languages of feeds.

/// How the names of each month begin, in small letters.
/// Source: CLDR, months of the Gregorian calendar, wide and abbreviated, by their first letters:
/// English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish, Indonesian,
/// the Scandinavian languages, Russian, Ukrainian, Greek.
const BEGINNINGS: [&[&str]; 12] = [
    &["jan", "jän", "ene", "gen", "sty", "oca", "янв", "січ", "ιαν"],
    &["feb", "fév", "fev", "lut", "şub", "фев", "лют", "φεβ"],
    &["mar", "mär", "mrz", "maa", "мар", "бер", "μαρ", "μάρ"],
    &["apr", "avr", "abr", "kwi", "nis", "апр", "кві", "απρ"],
    &["may", "mai", "mag", "mei", "maj", "май", "мая", "тра", "μαΐ", "μάι"],
    &["jun", "juin", "giu", "cze", "haz", "июн", "чер", "ιουν"],
    &["jul", "juil", "lug", "lip", "tem", "июл", "лип", "ιουλ"],
    &["aug", "aoû", "aou", "ago", "agu", "sie", "ağu", "авг", "сер", "αυγ"],
    &["sep", "set", "wrz", "eyl", "сен", "вер", "σεπ"],
    &["oct", "okt", "ott", "out", "paź", "eki", "окт", "жов", "οκτ"],
    &["nov", "lis", "kas", "ноя", "лис", "νοε"],
    &["dec", "déc", "dez", "dic", "des", "gru", "ara", "дек", "гру", "δεκ"],
];

/// The month that a word in small letters names, 1 to 12; the longest beginning counts.
pub(super) fn month(word: &str) -> Option<i8> {
    let fits = |names: &[&str]| {
        names.iter().filter(|name| word.starts_with(**name)).map(|name| name.len()).max()
    };
    let fitting = (1_i8..).zip(BEGINNINGS).filter_map(|(month, names)| Some((fits(names)?, month)));
    fitting.max().map(|(_, month)| month)
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn the_longest_beginning_counts() {
        #[track_caller]
        fn check(word: &str, expected: Option<i8>) {
            assert_eq!(month(word), expected, "{word}");
        }
        check("july", Some(7));
        check("juin", Some(6));
        check("juillet", Some(7));
        check("декабря", Some(12));
        check("δεκεμβρίου", Some(12));
        check("monday", None);
        check("", None);
    }
}
