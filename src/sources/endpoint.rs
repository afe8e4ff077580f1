//! Addresses of storage as CRIC and FTS write them: with and without scheme, port and path.
use url::{Host, Url};

/// Where a storage element is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Protocol, such as `davs`; none if it is not said.
    pub scheme: Option<String>,
    /// Host name in lower case, or address.
    pub host: String,
    /// Port, if one is said.
    pub port: Option<u16>,
}

/// The parts of an address; `None` if there is no host in it.
///
/// `davs://se.example.org:2880/path`, `srm://se.example.org:8443/srm/managerv2?SFN=`, `se.example.org`,
/// `se.example.org:1094/` and `//se.example.org` all occur. A port that is none is left out.
#[must_use]
pub fn parse(text: &str) -> Option<Address> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text.trim_start_matches("//")),
    };
    // Schemes that the URL standard knows have ports of their own, which it hides: all are parsed as one it does not.
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let without_port = || {
        let (host, port) = place.rsplit_once(':')?;
        port.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("x://{host}"))
    };
    let url = Url::parse(&format!("x://{place}")).ok().or_else(|| Url::parse(&without_port()?).ok())?;
    let host = match url.host()? {
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => format!("[{address}]"),
    };
    let scheme = scheme.map(str::to_ascii_lowercase);
    plausible(&host).then(|| Address { scheme, host, port: url.port().filter(|port| *port > 0) })
}

/// The host of an address.
pub(super) fn host(text: &str) -> Option<String> {
    parse(text).map(|address| address.host)
}

/// Letters, digits, hyphens, dots (RFC 952, RFC 1123) and the underscores that exist; or an IPv6 address.
fn plausible(host: &str) -> bool {
    let letters = |host: &str| {
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    host.starts_with('[') || (!host.is_empty() && host.len() <= 253 && letters(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_all_kinds_of_addresses() {
        for (text, scheme, host, port) in [
            ("davs://webdav.aglt2.org:2880", "davs", "webdav.aglt2.org", 2880),
            ("root://eos01.grid.cyfronet.pl:1094/", "root", "eos01.grid.cyfronet.pl", 1094),
            (
                "srm://storm02.clumeq.mcgill.ca:8444/srm/managerv2?SFN=",
                "srm",
                "storm02.clumeq.mcgill.ca",
                8444,
            ),
            ("https://data-bridge.cern.ch/myfed/atlas/boinc/", "https", "data-bridge.cern.ch", 0),
            ("https://data-bridge.cern.ch:443", "https", "data-bridge.cern.ch", 443),
            ("globus://globus01.sdcc.bnl.gov", "globus", "globus01.sdcc.bnl.gov", 0),
            ("eosalice.cern.ch", "", "eosalice.cern.ch", 0),
            ("xrd01.grid.cyf-kr.edu.pl:1094/path", "", "xrd01.grid.cyf-kr.edu.pl", 1094),
            ("//se.example.org/x", "", "se.example.org", 0),
            ("DAVS://SE.Example.ORG.:443?x", "davs", "se.example.org", 443),
            ("davs://user:pass@se.example.org:1", "davs", "se.example.org", 1),
            ("davs://[2001:db8::1]:2880/x", "davs", "[2001:db8::1]", 2880),
            ("davs://se.example.org:109411/x", "davs", "se.example.org", 0),
            ("davs://se.example.org:", "davs", "se.example.org", 0),
        ] {
            let address = parse(text).unwrap();
            let said =
                (address.scheme.as_deref().unwrap_or_default(), &*address.host, address.port.unwrap_or(0));
            assert_eq!(said, (scheme, host, port), "{text}");
        }
        for text in ["", "/path/only", "davs://", "davs:///path", "<b>x</b>", "a b", "globus:7ceff2b2"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
