//! Rows for people: columns as wide as what is in them.

use unicode_width::UnicodeWidthStr as _;

/// Rows under their heads, two blanks between columns, a line each; control characters are
/// shown as `�`, so that no headline can repaint the terminal.
pub(super) fn lines(heads: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.chain([heads[column].width()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| {
            format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())))
        });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    let head = line(heads.to_vec());
    let rest = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    std::iter::once(head).chain(rest).collect()
}

/// Replaces what a terminal would act on.
pub(super) fn plain(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows =
            [["尖閣", "a\nb", ""], ["x", "", "end"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(
            super::lines(&["ONE", "TWO", "THREE"], &rows),
            "ONE   TWO  THREE\n尖閣  a\u{fffd}b\nx          end\n"
        );
        assert_eq!(super::lines(&["ONE"], &[]), "ONE\n");
    }

    #[test]
    fn what_a_terminal_would_act_on_is_replaced() {
        assert_eq!(
            super::plain("a\u{1b}[31m\nb\u{202e}c尖閣"),
            "a\u{fffd}[31m\u{fffd}b\u{fffd}c尖閣"
        );
    }
}
