//! Watches to match against: as many as wanted, always the same ones.

/// What one watch asks for.
pub(crate) struct Watch {
    pub(crate) terms: Vec<String>,
    pub(crate) countries: [&'static str; 2],
    pub(crate) region: &'static str,
}

/// The first `count` watches: a phrase, a beginning of a word and a name each.
pub(crate) fn watches(count: usize) -> impl Iterator<Item = Watch> {
    let mut dice = Dice(1);
    (0..count).map(move |_| {
        let phrase = format!("{} {}", dice.pick(&KINDS), dice.pick(&THINGS));
        let open = format!("{}{}{}*", dice.pick(&STARTS), dice.pick(&MIDDLES), dice.pick(&MIDDLES));
        let name = format!("{}{}{}", dice.pick(&STARTS), dice.pick(&MIDDLES), dice.pick(&ENDS));
        Watch {
            terms: vec![phrase, open, name],
            countries: [dice.pick(&COUNTRIES), dice.pick(&COUNTRIES)],
            region: dice.pick(&REGIONS),
        }
    })
}

/// Chance that falls the same way in every run. Source: Knuth's MMIX generator.
struct Dice(u64);

impl Dice {
    fn pick(&mut self, list: &[&'static str]) -> &'static str {
        const STEP: u64 = 6_364_136_223_846_793_005;
        self.0 = self.0.wrapping_mul(STEP).wrapping_add(1_442_695_040_888_963_407);
        list[(self.0 >> 33) as usize % list.len()]
    }
}

/// A whole configuration of `count` watches. Each asks for a place and a term, as an operator with
/// many would; else every item would be an alert of hundreds of them.
pub(crate) fn config(count: usize) -> String {
    let head = "[[feed]]\nurl = 'https://wire.example/rss'\n\
                [[notifier]]\nname = 'desk'\ntype = 'stdout'\n";
    let watches = watches(count).enumerate().map(|(number, watch)| {
        let Watch { terms, countries, region } = watch;
        format!(
            "[[watch]]\nname = 'watch {number}'\nmatch = 'all'\nterms = {terms:?}\n\
             countries = {countries:?}\nregions = [{region:?}]\n"
        )
    });
    std::iter::once(head.to_owned()).chain(watches).collect()
}

const KINDS: [&str; 40] = [
    "new", "joint", "naval", "coast", "air", "border", "trade", "defence", "energy", "nuclear",
    "foreign", "security", "central", "export", "fishing", "patrol", "military", "supreme",
    "prime", "peace", "climate", "cyber", "missile", "drone", "oil", "gas", "rail", "port",
    "health", "human", "court", "press", "general", "interim", "local", "rebel", "state", "food",
    "water", "aid",
];

const THINGS: [&str; 50] = [
    "ministry",
    "guard",
    "exercise",
    "patrol",
    "talks",
    "deal",
    "court",
    "bank",
    "controls",
    "strike",
    "attack",
    "minister",
    "vessel",
    "pact",
    "zone",
    "summit",
    "crisis",
    "force",
    "police",
    "party",
    "agency",
    "budget",
    "reform",
    "election",
    "vote",
    "union",
    "tariff",
    "pipeline",
    "cable",
    "reactor",
    "launch",
    "test",
    "base",
    "carrier",
    "convoy",
    "camp",
    "supply",
    "prices",
    "rights",
    "workers",
    "terminal",
    "council",
    "assembly",
    "chief",
    "envoy",
    "response",
    "programme",
    "station",
    "line",
    "fund",
];

const STARTS: [&str; 40] = [
    "vel", "tan", "mor", "kes", "lin", "dor", "sab", "rem", "fal", "gor", "hul", "jar", "ket",
    "lom", "mav", "nes", "osk", "pel", "qua", "ros", "sil", "tor", "ulm", "var", "wes", "xan",
    "yor", "zel", "bren", "cald", "drey", "eck", "fren", "glas", "hart", "ing", "jost", "krom",
    "lund", "marr",
];

const MIDDLES: [&str; 25] = [
    "ta", "no", "vi", "ra", "le", "mo", "si", "ka", "den", "lor", "ber", "min", "gra", "pol",
    "ven", "sta", "cor", "dri", "fen", "han", "jul", "mer", "nor", "pra", "rus",
];

const ENDS: [&str; 12] = ["ic", "us", "on", "ex", "ia", "co", "tec", "is", "um", "an", "or", "ys"];

const COUNTRIES: [&str; 60] = [
    "Japan",
    "China",
    "Germany",
    "France",
    "Kenya",
    "Brazil",
    "India",
    "Pakistan",
    "Ukraine",
    "Russia",
    "Poland",
    "Turkey",
    "Mali",
    "Niger",
    "Chad",
    "Sudan",
    "Egypt",
    "Israel",
    "Lebanon",
    "Syria",
    "Iraq",
    "Iran",
    "Yemen",
    "Saudi Arabia",
    "Qatar",
    "Oman",
    "Georgia",
    "Armenia",
    "Azerbaijan",
    "Kazakhstan",
    "Mongolia",
    "South Korea",
    "North Korea",
    "Taiwan",
    "Philippines",
    "Vietnam",
    "Thailand",
    "Cambodia",
    "Malaysia",
    "Indonesia",
    "Australia",
    "New Zealand",
    "Fiji",
    "Canada",
    "United States",
    "Mexico",
    "Cuba",
    "Haiti",
    "Venezuela",
    "Colombia",
    "Peru",
    "Chile",
    "Argentina",
    "Nigeria",
    "Ghana",
    "Ethiopia",
    "Somalia",
    "South Africa",
    "Spain",
    "Italy",
];

const REGIONS: [&str; 20] = [
    "East China Sea",
    "South China Sea",
    "Taiwan Strait",
    "Senkaku Islands",
    "Sahel",
    "Donbas",
    "Black Sea",
    "Red Sea",
    "Strait of Hormuz",
    "Gulf of Guinea",
    "Baltic Sea",
    "Arctic Ocean",
    "Korean Peninsula",
    "Yellow Sea",
    "Kashmir",
    "Gaza Strip",
    "West Bank",
    "Horn of Africa",
    "Persian Gulf",
    "Mediterranean Sea",
];
