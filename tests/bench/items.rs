//! Items as the wires send them, made of the gold sentences, the demo and plain prose.
//!
//! About half of each item is of sentences that name places, an eighth of the items is not
//! English: somewhat denser in names, and in scripts, than the news is.

use std::path::Path;

use serde::Deserialize;

/// A headline and what stands under it.
pub(crate) struct Text {
    pub(crate) title: String,
    pub(crate) body: String,
}

impl Text {
    pub(crate) fn bytes(&self) -> usize {
        self.title.len() + self.body.len()
    }
}

/// One row of `tests/quality/gold`.
#[derive(Deserialize)]
struct Row {
    lang: String,
    title: String,
    text: String,
}

/// `count` items of about `bytes` bytes each, always the same ones.
pub(crate) fn texts(count: usize, bytes: usize) -> Vec<Text> {
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quality/gold");
    let mut rows: Vec<Row> = Vec::new();
    for file in ["english", "parallel", "regions", "ambiguous", "languages"] {
        let text = std::fs::read_to_string(gold.join(file).with_extension("jsonl"));
        let text = text.expect("a file of ours");
        rows.extend(text.lines().map(|line| serde_json::from_str::<Row>(line).expect("a row")));
    }
    let (english, foreign): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|it| it.lang == "en");
    let mut languages: Vec<&str> = foreign.iter().map(|row| row.lang.as_str()).collect();
    languages.sort_unstable();
    languages.dedup();
    let of = |number: usize| -> Vec<&Row> {
        if number % 8 != 7 {
            return english.iter().collect();
        }
        let language = languages[number / 8 % languages.len()];
        foreign.iter().filter(|row| row.lang == language).collect()
    };
    (0..count)
        .map(|number| {
            let rows = of(number);
            let is_english = number % 8 != 7;
            let mut next = number * 131;
            let mut row = || {
                next += 1;
                rows[next % rows.len()]
            };
            let title = row().title.clone();
            let mut body = String::new();
            let mut prose = PROSE.iter().cycle().skip(number * 7 % PROSE.len());
            while title.len() + body.len() < bytes {
                let Row { title, text, .. } = row();
                let plain = if is_english { *prose.next().expect("endless") } else { "" };
                for sentence in
                    [title, text.as_str(), plain].into_iter().filter(|it| !it.is_empty())
                {
                    if !body.is_empty() {
                        body.push(' ');
                    }
                    body.push_str(sentence);
                }
            }
            Text { title, body }
        })
        .collect()
}

/// What stands between the names.
const PROSE: [&str; 24] = [
    "Officials said the talks would go on behind closed doors until the end of the week, and that \
     no one should expect a statement before Friday.",
    "“We have been here before,” said one diplomat who was not allowed to speak to reporters, “and \
     the second time is never cheaper than the first.”",
    "The figures, which are not adjusted for the season, were a little worse than most analysts \
     had forecast a month ago.",
    "It was not clear how many people had been on board when the engine failed shortly after dawn.",
    "A spokeswoman declined to comment on the report, which she said the ministry had received \
     only the day before.",
    "The company said it would take back every unit sold since March and pay for the repairs.",
    "Rescue teams worked through the night with floodlights and dogs, but rain made the slope \
     above the village too dangerous to climb.",
    "Prices at the pump have risen by 14% since the start of the year, and lorry drivers say they \
     can no longer cover their costs.",
    "The court gave both sides thirty days to appeal; neither has said whether it will.",
    "Under the plan, which still needs the approval of both chambers, the fee would fall to 2.5% \
     in the first year and disappear in the fourth.",
    "Residents described a loud noise, then smoke, then silence.",
    "The navy said that its ships had acted “in a safe and professional manner”, and published a \
     short video that appeared to show two vessels less than a hundred metres apart.",
    "Observers counted fewer than twenty incidents on polling day, most of them minor.",
    "Hospitals in the north have asked for more beds, more oxygen and, above all, more nurses.",
    "“Nobody told us anything,” a teacher said. “We read it on our phones like everybody else.”",
    "The bank raised its main rate by a quarter of a point, the third rise in a row.",
    "Shares fell as much as six per cent before they recovered some of the ground in late trading.",
    "The exercise, the largest of its kind in a decade, involves 40 aircraft, nine ships and some \
     3,000 soldiers, and will end with a live-fire drill next Thursday.",
    "Engineers traced the fault to a cable that had been damaged by an anchor, and a repair ship \
     was expected on the spot within ten days.",
    "The opposition called the result a farce and asked its supporters to stay at home.",
    "According to the draft seen by this agency, inspectors would be let in twice a year.",
    "Farmers blocked the main road with tractors for a second day and let through only ambulances.",
    "Nearly all of the passengers were tourists, the operator said; most had only minor injuries.",
    "The minister, a former general who took office in January, has promised to answer every \
     question in parliament on Tuesday.",
];
