//! Where something is sent, of what is written in the configuration.

use std::net::IpAddr;
use ureq::http::Uri;

/// A host and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `https`, `smtp` and so on.
    pub scheme: String,
    /// The host, an IPv6 address in its brackets.
    pub host: String,
    /// The port, where one is said.
    pub port: Option<u16>,
    /// Whether it has a path or a query.
    pub has_path: bool,
}

impl Address {
    /// Reads `scheme://host:port/…`; an error says what is wrong with it and repeats none of it.
    pub fn read(text: &str, schemes: &[&str]) -> Result<Address, String> {
        let form = || format!("say {}://host", schemes.join("://host or "));
        let uri: Uri = text.parse().map_err(|_| format!("is no address: {}", form()))?;
        let scheme = uri.scheme_str().unwrap_or_default().to_owned();
        let Some(authority) = uri.authority().filter(|_| schemes.contains(&&*scheme)) else {
            return Err(format!("is no address that can be used: {}", form()));
        };
        if authority.as_str().contains('@') {
            return Err("has a user or a password in it: take it out, secrets have keys of their \
                        own"
            .to_owned());
        }
        Ok(Address {
            scheme,
            host: authority.host().to_owned(),
            port: authority.port_u16(),
            has_path: !matches!(
                uri.path_and_query().map(|path| path.as_str()),
                None | Some("/" | "")
            ),
        })
    }

    /// Whether only this machine hears what is sent there.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let by_number = bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        by_number || bare.eq_ignore_ascii_case("localhost")
    }

    /// The host without brackets, as a connection is asked for.
    pub fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_read_and_what_is_none_is_refused_without_being_repeated() {
        for (text, expected) in [
            ("https://hooks.example.org/T0/hunter2", Ok(("hooks.example.org", None, false))),
            ("http://127.0.0.1:9000/", Ok(("127.0.0.1", Some(9_000), true))),
            ("http://127.9.9.9", Ok(("127.9.9.9", None, true))),
            ("http://[::1]:80/a", Ok(("[::1]", Some(80), true))),
            ("http://LocalHost", Ok(("LocalHost", None, true))),
            ("http://localhost.example.org", Ok(("localhost.example.org", None, false))),
            ("http://0.0.0.0", Ok(("0.0.0.0", None, false))),
            ("http://[::ffff:127.0.0.1]", Ok(("[::ffff:127.0.0.1]", None, false))),
            ("ftp://hunter2", Err("say https://host or http://host")),
            ("hunter2", Err("say https://host or http://host")),
            ("https://hunter2@example.org", Err("take it out")),
            ("https://ann:hunter2@example.org", Err("take it out")),
            ("https://hunter2 .org", Err("is no address")),
        ] {
            let read = Address::read(text, &["https", "http"]);
            match (read, expected) {
                (Ok(read), Ok(expected)) => {
                    assert_eq!((&*read.host, read.port, read.is_loopback()), expected, "{text}");
                }
                (Err(error), Err(words)) => {
                    assert!(error.contains(words) && !error.contains("hunter2"), "{text}: {error}");
                }
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
    }
}
