//! By mail, through the business's own SMTP server: with TLS, unless the server is this machine.

use super::address::Address;
use super::{Message, Undelivered, Why, secret};
use crate::config::Config;
use crate::failure::Failure;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{SmtpTransport, Transport};
use std::io::ErrorKind;
use std::time::Duration;

/// How long the server may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Whom one mail goes to at most.
const RECIPIENTS_MAX: usize = 20;

/// Replies that say that we may not: sign in first, and wrongly signed in.
const DENIED: [u16; 4] = [530, 534, 535, 538];

/// Mail through a server.
pub struct Mail {
    transport: SmtpTransport,
    from: Mailbox,
    to: Vec<Mailbox>,
    host: String,
}

/// What `[mail]` says, checked; `None` where no mail is sent.
pub(super) struct Checked {
    server: Address,
    port: u16,
    from: Mailbox,
    to: Vec<Mailbox>,
}

/// Reads `[mail]`; an error names the key and repeats no address of anybody.
pub(super) fn checked(config: &Config) -> Result<Option<Checked>, String> {
    let section = &config.mail;
    if section.smtp.is_empty() {
        return Ok(None);
    }
    let server = Address::read(&section.smtp, &["smtps", "smtp"]);
    let server = server.map_err(|why| format!("mail.smtp {why}"))?;
    if server.has_path {
        return Err("mail.smtp has a path: say host and port alone".to_owned());
    }
    let form = "say \"shop@example.org\" or \"The shop <shop@example.org>\"";
    let from = section.from.parse().map_err(|_| format!("mail.from is no address: {form}"))?;
    let read = |(at, text): (usize, &String)| {
        text.parse().map_err(|_| format!("mail.to is no address in place {}: {form}", at + 1))
    };
    let to = section.to.iter().enumerate().map(read).collect::<Result<Vec<Mailbox>, _>>()?;
    if to.is_empty() || to.len() > RECIPIENTS_MAX {
        return Err(format!("mail.to has {} addresses: 1 to {RECIPIENTS_MAX}", to.len()));
    }
    if section.user.is_empty() != section.password.is_none() {
        return Err("mail.user and mail.password go together: set both or neither".to_owned());
    }
    let usual = match (&*server.scheme, server.is_loopback()) {
        ("smtps", _) => 465,
        (_, true) => 25,
        (_, false) => 587,
    };
    Ok(Some(Checked { port: server.port.unwrap_or(usual), server, from, to }))
}

impl Mail {
    /// The mail that is configured; `None` where there is none.
    pub fn of(config: &Config) -> Result<Option<Mail>, Failure> {
        let refuse = |why: String| Failure::Configuration(format!("{why} [D0702]"));
        let Some(Checked { server, port, from, to }) = checked(config).map_err(refuse)? else {
            return Ok(None);
        };
        let host = server.bare_host().to_owned();
        let tls = || {
            let made = TlsParameters::new(host.clone());
            made.map_err(|error| Failure::Configuration(format!("no TLS: {error} [D0772]")))
        };
        let tls = match (&*server.scheme, server.is_loopback()) {
            ("smtps", _) => Tls::Wrapper(tls()?),
            (_, true) => Tls::None,
            // Without an upgrade neither the password nor the mail is said.
            (_, false) => Tls::Required(tls()?),
        };
        let mut transport = SmtpTransport::builder_dangerous(&host)
            .port(port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        if let Some(source) = &config.mail.password {
            let password = secret(&config.log.data, "mail.password", source)?;
            transport = transport.credentials(Credentials::new(config.mail.user.clone(), password));
        }
        let host = format!("{}:{port}", server.host);
        Ok(Some(Mail { transport: transport.build(), from, to, host }))
    }

    /// Where it leads: the server and how many read it, but not who.
    pub fn place(&self) -> String {
        let count = self.to.len();
        let who = if count == 1 { "1 recipient".to_owned() } else { format!("{count} recipients") };
        format!("{who} by mail through {}", self.host)
    }

    /// Sends it once.
    pub fn send(&self, message: &Message) -> Result<(), Undelivered> {
        let mail = self.made(message).map_err(|error| Undelivered {
            why: Why::Refused,
            text: format!("could not make a mail of it: {error} [D0772]"),
        })?;
        self.transport.send(&mail).map(|_| ()).map_err(|error| self.undelivered(&error))
    }

    fn made(&self, message: &Message) -> Result<lettre::Message, lettre::error::Error> {
        let id = format!("<{}@{}>", message.id, self.from.email.domain());
        let mut mail = lettre::Message::builder()
            .from(self.from.clone())
            .subject(message.subject.clone())
            .message_id(Some(id))
            // So that no absence is answered to it.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for to in &self.to {
            mail = mail.to(to.clone());
        }
        mail.multipart(MultiPart::alternative_plain_html(
            message.text.clone(),
            message.html.clone(),
        ))
    }

    /// Asks whether the server is there and lets us in.
    pub fn probe(&self) -> Result<String, Undelivered> {
        match self.transport.test_connection() {
            Ok(true) => Ok(format!("{} lets us in", self.host)),
            Ok(false) => Err(Undelivered {
                why: Why::Later,
                text: format!("{} hangs up [D0772]", self.host),
            }),
            Err(error) => Err(self.undelivered(&error)),
        }
    }

    /// What the server says may repeat whom a mail is for, so that its number has to do.
    fn undelivered(&self, error: &Error) -> Undelivered {
        let (why, words) = match error.status().map(u16::from) {
            Some(code) if DENIED.contains(&code) => (Why::Denied, format!("it answers {code}")),
            Some(code) if error.is_transient() => (Why::Later, format!("it answers {code}")),
            Some(code) => (Why::Refused, format!("it answers {code}")),
            None if error.is_client() => (Why::Place, error.to_string()),
            None if error.is_response() => {
                (Why::Place, "what answers there does not speak SMTP".to_owned())
            }
            None if has_waited(error) => {
                (Why::Unreachable, format!("it says nothing for {} s", TIMEOUT.as_secs()))
            }
            None => (Why::Unreachable, error.to_string()),
        };
        let host = &self.host;
        Undelivered { why, text: format!("could not send mail through {host}: {words} [D0772]") }
    }
}

/// Whether a time ran out, which systems call by two names.
fn has_waited(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(kind, Some(ErrorKind::TimedOut | ErrorKind::WouldBlock)) {
            return true;
        }
        source = error.source();
    }
    false
}
