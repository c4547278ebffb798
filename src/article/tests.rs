//! What a page gives, and what none may do to us.

use std::fmt::Write as _;

use super::*;

/// A page as papers make them: what is not the article mentions other countries.
fn page(article: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en-GB\"><head><title>Tanker hit by a drone off Hodeidah port | The Daily \
         Compass</title><script>var x = '<p>Norway</p>';</script></head><body>\
         <nav><ul><li><a href=/a>Peru</a><li><a href=/b>Chile</a></ul></nav>\
         <main><article><h1>Tanker hit by a drone off Hodeidah port</h1>{article}</article></main>\
         <aside class=\"related\"><h2>Read also</h2><ul><li><a href=/c>Vote in Kenya</a></ul></aside>\
         <footer>Printed in Portugal</footer></body></html>"
    )
}

const PARAGRAPHS: [&str; 3] = [
    "A tanker caught fire on Tuesday after a drone struck its bridge some forty miles off the port \
     of Hodeidah, its owner said, and two of the crew were treated for burns.",
    "The ship, which sails under the flag of Liberia, was on its way to Suez with a cargo of crude \
     oil, and a frigate of the European mission has taken it in tow towards Djibouti.",
    "Nobody said that it was behind the attack, the third in these waters within a month, after \
     which several lines sent their ships around the Cape again.",
];

fn paragraphs() -> String {
    PARAGRAPHS.iter().map(|it| format!("<p>{it}</p>\n")).collect()
}

#[test]
fn the_article_is_found_and_what_surrounds_it_is_not() {
    let article = extract(&page(&paragraphs())).expect("an article");
    assert_eq!(article.title, "Tanker hit by a drone off Hodeidah port");
    assert_eq!(article.language.as_deref(), Some("en-GB"));
    assert!(PARAGRAPHS.iter().all(|it| article.text.contains(it)), "{}", article.text);
    for elsewhere in ["Peru", "Chile", "Kenya", "Portugal", "Norway", "<"] {
        assert!(!article.text.contains(elsewhere), "{elsewhere}: {}", article.text);
    }
    assert_eq!(article.text.lines().filter(|line| line.len() > 100).count(), 3, "a line each");
}

#[test]
fn tags_that_may_be_left_out_cost_nothing() {
    let open = PARAGRAPHS.iter().map(|it| format!("<p>{it}\n")).collect::<String>();
    let mut many = open.clone();
    for index in 0..2_000 {
        write!(many, "<p>A line of the live blog, number {index}.<br><b>More</b> of it")
            .expect("text");
    }
    for article in [open, many] {
        let article = extract(&page(&article)).expect("an article");
        assert!(PARAGRAPHS.iter().all(|it| article.text.contains(it)));
    }
}

#[test]
fn a_page_without_an_article_is_told() {
    let login = "<!DOCTYPE html><title>Log in</title><form>Name <input> <button>Go</button></form>";
    assert_eq!(extract(login), Err(Fault::NoArticle));
    assert_eq!(extract(""), Err(Fault::NoArticle));
    assert_eq!(extract("no page at all"), Err(Fault::NoArticle));
    assert_eq!(Fault::NoArticle.to_string(), "it holds no article");
}

#[test]
fn what_would_take_a_tree_too_much_is_refused_before_it_is_built() {
    let deep = [
        "<ul><li>".repeat(16_000),
        "<div>".repeat(60_000),
        format!("{}{}{}", attributed("b"), attributed("i"), "x</b>".repeat(4_000)),
        "<table><tr><td>".repeat(5_000),
        "<a><div>".repeat(5_000),
    ];
    for page in &deep {
        assert_eq!(extract(page), Err(Fault::TooDeep), "{}", &page[..20]);
    }
    let many = [
        "<p>x</p>".repeat(NODES + 1),
        // Each open formatting element is cloned into each block.
        format!("{}{}", attributed_times("b", 200), "<p>x</p>".repeat(2_000)),
        "<br>".repeat(NODES + 1),
    ];
    for page in &many {
        assert_eq!(extract(page), Err(Fault::TooManyNodes), "{}", &page[..20]);
    }
    assert_eq!(extract(&" ".repeat(PAGE_BYTES_MAX + 1)), Err(Fault::TooLarge));
    assert_eq!(Fault::TooDeep.to_string(), "its elements nest deeper than 512");
    assert_eq!(Fault::TooManyNodes.to_string(), "it has more than 200000 elements");
    assert_eq!(Fault::TooLarge.to_string(), "the page is larger than 4 MiB");
}

const NODES: usize = budget::NODES_MAX;

fn attributed(name: &str) -> String {
    attributed_times(name, 4_000)
}

/// Formatting elements of which no two are alike, so that a browser keeps all of them.
fn attributed_times(name: &str, times: usize) -> String {
    (0..times).fold(String::new(), |mut text, index| {
        write!(text, "<{name} n={index}>").expect("text");
        text
    })
}

proptest::proptest! {
    /// Whatever the budget lets pass is read without a panic and in bounded time.
    #[test]
    fn no_page_makes_it_panic(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "<p>", "</p>", "<b>", "</b>", "<i x=1>", "</i>", "<table>", "<tr>", "<td>", "</table>",
                "<a href=x>", "</a>", "<ul>", "<li>", "<div>", "</div>", "<svg>", "</svg>", "<template>",
                "<select>", "<option>", "<script>", "</script>", "<!--", "-->", "text ", "文 ", "&amp;",
                "<math>", "<frameset>", "<body>", "<html lang=fr>", "<title>", "</title>", "\0", "<",
            ]),
            0..200,
        )
    ) {
        let _ = extract(&parts.concat());
    }
}
