//! Which addresses may be dialled.
//!
//! A feed is a stranger's text and may name any address, by itself or by a redirect: the
//! machine's own services, the office's printers, the cloud's metadata. So the address that is
//! really dialled is judged, whatever name or spelling led to it. Names are resolved once and
//! only judged addresses are handed on, so a second answer of a name server changes nothing.
//!
//! Source of the ranges: the IANA special-purpose address registries (RFC 6890 and successors).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Which addresses a client may connect to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    /// Ranges allowed for the URL that was configured, though they are private or special.
    pub(crate) allow_private: Vec<IpNet>,
    /// Receivers may live on private addresses, since an operator wrote them; link-local
    /// addresses (cloud metadata) stay refused.
    pub(crate) trust_configured: bool,
    /// Redirects may go where the configured URL may: for tests of redirects on loopback.
    #[cfg(test)]
    pub(crate) trust_redirects: bool,
}

/// Whose word an address stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    /// The operator's.
    Configured,
    /// A server's.
    Redirect,
}

impl Guard {
    /// Says why `address` may not be dialled, if so.
    pub(super) fn judge(&self, address: IpAddr, hop: Hop) -> Result<(), String> {
        #[cfg(test)]
        let hop = if self.trust_redirects { Hop::Configured } else { hop };
        let address = address.to_canonical();
        let Some(kind) = special(address) else { return Ok(()) };
        if hop == Hop::Redirect {
            return Err(format!("redirect to a {kind} address ({address})"));
        }
        if self.allow_private.iter().any(|range| range.contains(&address)) {
            return Ok(());
        }
        if self.trust_configured {
            return match kind {
                "link-local" | "multicast" | "unspecified" | "broadcast" => {
                    Err(format!("address {address} is {kind}"))
                }
                _ => Ok(()),
            };
        }
        Err(format!("address {address} is {kind}: `[polling] allow_private` does not list it"))
    }
}

/// What an address is when it is not simply a host on the Internet.
fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (0, ..) => Some("unspecified"),
        (127, ..) => Some("loopback"),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Some("private"),
        (169, 254, _) => Some("link-local"),
        (100, 64..=127, _) => Some("shared (carrier NAT)"),
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (198, 18 | 19, _) | (192, 88, 99) => {
            Some("special-purpose")
        }
        (224..=239, ..) => Some("multicast"),
        (255, 255, 255) if address.is_broadcast() => Some("broadcast"),
        (240..=255, ..) => Some("reserved"),
        _ => None,
    }
}

#[expect(
    clippy::match_same_arms,
    clippy::unnested_or_patterns,
    reason = "the registry, in its order"
)]
fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let v4 = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("unspecified"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        // An IPv4 address in other clothes is judged as what it is.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => {
            Some(special_v4(v4(high, low)).unwrap_or("special-purpose"))
        }
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => special_v4(v4(high, low)), // NAT64, RFC 6052
        [0x64, 0xff9b, 1, ..] => Some("private"),                           // local NAT64, RFC 8215
        [0x2002, high, low, ..] => special_v4(v4(high, low)),               // 6to4, RFC 3056
        [0x2001, 0, ..] => Some("special-purpose"),                         // Teredo, RFC 4380
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => {
            Some("special-purpose")
        }
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xfc00..=0xfdff, ..] => Some("private"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

/// A name of which every address was refused.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(String);

/// Resolves names, and hands on only addresses that may be dialled.
pub(super) struct GuardedResolver {
    pub(super) guard: Arc<Guard>,
    pub(super) hop: Hop,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, hop) = (Arc::clone(&self.guard), self.hop);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let not_found = |_| std::io::Error::from(std::io::ErrorKind::NotFound);
            let all: Vec<SocketAddr> = found.map_err(not_found)?.collect();
            Ok(vetted(&guard, hop, all)?)
        })
    }
}

/// The addresses that may be dialled; if there is none, why.
fn vetted(guard: &Guard, hop: Hop, all: Vec<SocketAddr>) -> Result<Addrs, Refused> {
    let mut refused = None;
    let mut good = Vec::new();
    for address in all {
        match guard.judge(address.ip(), hop) {
            Ok(()) => good.push(address),
            Err(reason) => refused = Some(reason),
        }
    }
    match refused {
        Some(reason) if good.is_empty() => Err(Refused(reason)),
        _ => Ok(Box::new(good.into_iter())),
    }
}

#[cfg(test)]
mod tests {
    use url::{Host, Url};

    use super::*;

    /// The address that a URL's spelling of a host comes to.
    fn literal(host: &str) -> IpAddr {
        let url = Url::parse(&format!("http://{host}/")).expect("a URL");
        match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            other => panic!("{host} is no literal: {other:?}"),
        }
    }

    #[test]
    fn every_spelling_of_an_inner_address_is_refused() {
        let guard = Guard::default();
        let hosts = [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "0177.1",
            "127.0.0.1.",
            "①②⑦.⓪.⓪.①",
            "127。0。0。1",
            "127.255.255.254",
            "0",
            "0.0.0.0",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "10.0.0.9",
            "012.0.0.11",
            "167772169",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "[::ffff:10.0.0.9]",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::1]",
            "[2002:a9fe:a9fe::1]",
            "[2002:7f00:1::]",
            "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.10",
            "198.51.100.1",
            "203.0.113.1",
            "198.18.0.1",
            "192.88.99.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "[fe80::1]",
            "[fc00::1]",
            "[fd00::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[100::1]",
            "[fec0::1]",
        ];
        for host in hosts {
            for hop in [Hop::Configured, Hop::Redirect] {
                assert!(guard.judge(literal(host), hop).is_err(), "{host} {hop:?}");
            }
        }
    }

    #[test]
    fn hosts_on_the_internet_are_allowed() {
        let guard = Guard::default();
        for host in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "169.253.0.1",
            "192.0.1.1",
            "[2606:4700::1111]",
            "[64:ff9b::101:101]",
            "[2002:101:101::1]",
        ] {
            for hop in [Hop::Configured, Hop::Redirect] {
                assert_eq!(guard.judge(literal(host), hop), Ok(()), "{host}");
            }
        }
    }

    #[test]
    fn what_is_allowed_holds_for_the_configured_address_only() {
        let guard = Guard {
            allow_private: vec!["127.0.0.0/8".parse().expect("a range")],
            ..Guard::default()
        };
        assert_eq!(guard.judge(literal("127.0.0.1"), Hop::Configured), Ok(()));
        assert_eq!(guard.judge(literal("[::ffff:127.0.0.1]"), Hop::Configured), Ok(()));
        assert_eq!(
            guard.judge(literal("127.0.0.1"), Hop::Redirect),
            Err("redirect to a loopback address (127.0.0.1)".into())
        );
        assert_eq!(
            guard.judge(literal("10.0.0.1"), Hop::Configured),
            Err("address 10.0.0.1 is private: `[polling] allow_private` does not list it".into())
        );
    }

    #[test]
    fn receivers_may_be_private_and_never_link_local() {
        let guard = Guard { trust_configured: true, ..Guard::default() };
        for host in ["127.0.0.1", "10.0.0.9", "192.168.0.1", "[::1]", "[fd00::1]", "100.64.0.1"] {
            assert_eq!(guard.judge(literal(host), Hop::Configured), Ok(()), "{host}");
            assert!(guard.judge(literal(host), Hop::Redirect).is_err(), "{host}");
        }
        for host in [
            "169.254.169.254",
            "[fe80::1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:a9fe:a9fe::]",
            "0.0.0.0",
            "224.0.0.1",
        ] {
            assert!(guard.judge(literal(host), Hop::Configured).is_err(), "{host}");
        }
        assert_eq!(
            guard.judge(literal("169.254.169.254"), Hop::Configured),
            Err("address 169.254.169.254 is link-local".into())
        );
    }

    #[test]
    fn of_mixed_answers_only_the_good_ones_are_dialled() {
        let guard = Guard::default();
        let address = |text: &str| SocketAddr::new(text.parse().expect("an address"), 0);
        let mixed = vec![address("10.0.0.1"), address("1.1.1.1"), address("::ffff:127.0.0.1")];
        let good: Vec<SocketAddr> = match vetted(&guard, Hop::Configured, mixed) {
            Ok(good) => good.collect(),
            Err(refused) => panic!("{refused}"),
        };
        assert_eq!(good, [address("1.1.1.1")]);
        let bad = vec![address("10.0.0.1")];
        assert!(vetted(&guard, Hop::Redirect, bad).is_err());
    }
}
