//! The manners of polling: each rule with its number, in our own words, and where it comes from;
//! the daemon against a server that plays a script, the clock turned by hand.
//!
//! Sources by short name: **RB** Rachel Kroll, “feed reader best practices” (rachelbythebay.com,
//! 2024); **EN** Damon Hart-Davis, “RSS efficiency” (earth.org.uk); **FP** feedparser's documentation; **MF** Miniflux;
//! **NNW** `NetNewsWire`; **NB** `NewsBlur`; **LR** lemon24/reader; **UC** Unread Cloud (Golden
//! Hill Software, 2024); and the RFCs and specifications.
//!
//! Rules that are held elsewhere, for a redirect on loopback is refused in the whole daemon:
//! 36 (a move is believed after three good polls, and told, never written) in `feed::moved`;
//! 37, 38 (validators and credentials stay with who gave them) in `net::tests`; 39 (private
//! addresses) in `net::guard`, `net::tests` and `hostile`; 24 (no marching in step) in
//! `feed::schedule::tests`; 53 (deadlines, caps) in `net::tests` and `hostile`; 22 (the longest
//! of all voices, clamped) as a table in `feed::schedule::tests`.
//!
//! Rules that we do not follow, and why:
//! - 8 asks for a whole answer every 8 days (NNW); we do so once a day: see `app::standing`.
//! - 11, 12 set floors of an hour and of five minutes: `min_interval` is the operator's, by the
//!   contract, and 2 minutes where they say nothing. News is worth that, and conditional
//!   requests cost little. What a *fixed* interval says holds whatever `<ttl>` or `max-age` say.
//! - 21 is a hint only where a feed's items have no dates.
//! - 27 (a button “refresh now”): there is none.
//! - 28 wants one request at a time for a host, a second apart: `per_host` is the operator's, 2
//!   where they say nothing, and there is no second.
//! - 33 wants a feed switched off after days of 404: it is asked once a day and told as failing;
//!   who switches off a watch is the operator.
//! - 47 (`A-IM`): not asked for, see `feed::fetch`; 48: what comes all the same is read.
//! - 49 (paging back after a gap) is not built; 51, 52 (`WebSub`) are another matter.

mod freshness;
mod manners;
mod pauses;
mod validators;
