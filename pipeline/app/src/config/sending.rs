//! `[mail]`, `[webhook]` and `[notify]`: where a digest and notices go. Nothing goes anywhere
//! unless it is said here.

use super::SecretSource;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `[mail]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MailSection {
    /// The business's own server: `smtps://mail.example.org`, or `smtp://` with STARTTLS; without
    /// TLS on loopback alone. No mail is sent without one.
    pub smtp: String,
    /// Whom it is from.
    pub from: String,
    /// To whom it goes.
    pub to: Vec<String>,
    /// Who signs in at the server; nobody without one.
    pub user: String,
    /// Where the password is: a file, within the data folder unless its path is absolute, or a
    /// variable of the environment.
    pub password: Option<SecretSource>,
}

/// `[webhook]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSection {
    /// Where it is sent: `https://`, or `http://` on loopback alone. Nothing is sent without one.
    pub url: Url,
    /// Where the secret that signs is, `whsec_` and base64.
    pub secret: Option<SecretSource>,
}

/// `[notify]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NotifySection {
    /// Whether a running instance says when leads go cold, by mail and webhook, wherever these are
    /// set.
    pub cold: bool,
}

/// An address whose path may be a secret itself, so that nothing prints it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Url(pub String);

impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Url(String::deserialize(deserializer)?))
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

impl std::fmt::Debug for Url {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let begin = self.0.find("://").map_or(0, |at| at + 3);
        let (scheme, rest) = self.0.split_at(begin);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        match (host.contains('@'), rest.len() > host.len() + 1) {
            // What stands before it is a password, if anything.
            (true, _) => write!(out, "{scheme}***"),
            (false, true) => write!(out, "{scheme}{host}/***"),
            (false, false) => out.write_str(&self.0),
        }
    }
}
