//! Properties of librdkafka, which users set by its own names.

use rdkafka::config::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;

/// Those that somebody else's cluster may ask for; librdkafka knows more. For suggestions.
pub const USUAL: [&str; 39] = [
    "api.version.request.timeout.ms",
    "broker.address.family",
    "broker.address.ttl",
    "client.dns.lookup",
    "client.rack",
    "compression.codec",
    "connections.max.idle.ms",
    "debug",
    "enable.sasl.oauthbearer.unsecure.jwt",
    "enable.ssl.certificate.verification",
    "heartbeat.interval.ms",
    "linger.ms",
    "log.connection.close",
    "max.poll.interval.ms",
    "message.max.bytes",
    "metadata.max.age.ms",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.oauthbearer.config",
    "sasl.password",
    "sasl.username",
    "security.protocol",
    "session.timeout.ms",
    "socket.connection.setup.timeout.ms",
    "socket.keepalive.enable",
    "socket.timeout.ms",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.cipher.suites",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.location",
    "ssl.keystore.password",
];

/// Whether what is set under this name is nobody else's business.
pub fn is_secret(name: &str) -> bool {
    let words = ["password", "passphrase", "secret"];
    words.iter().any(|word| name.contains(word)) || name.ends_with("key.pem")
}

/// Why librdkafka does not take a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It knows none of this name.
    Unknown,
    /// It cannot have this value, in its words.
    Value(String),
}

/// Asks librdkafka whether it takes a property; nothing is opened for that.
pub fn refused(name: &str, value: &str) -> Option<Refused> {
    let mut config = ClientConfig::new();
    match config.set(name, value).create_native_config().err()? {
        KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..) => {
            Some(Refused::Unknown)
        }
        KafkaError::ClientConfig(_, words, ..) => Some(Refused::Value(words)),
        other => Some(Refused::Value(other.to_string())),
    }
}

/// The words of an error about settings, without the value, which may be a secret.
pub(crate) fn words(error: KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, _, name, _) if is_secret(&name) => {
            format!("{name} is not accepted")
        }
        KafkaError::ClientConfig(_, words, name, _) => format!("{name}: {words}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Refused, USUAL, is_secret, refused};

    #[test]
    fn every_name_that_may_be_suggested_is_one_of_librdkafka() {
        for name in USUAL {
            assert_ne!(refused(name, "1"), Some(Refused::Unknown), "{name}");
        }
        assert!(USUAL.is_sorted());
    }

    #[test]
    fn tls_and_sasl_are_built_in() {
        for (name, value) in [
            ("security.protocol", "sasl_ssl"),
            ("ssl.ca.location", "ca.pem"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.mechanism", "OAUTHBEARER"),
            ("sasl.password", "hunter2"),
        ] {
            assert_eq!(refused(name, value), None, "{name}");
        }
        assert_eq!(refused("security.protokol", "ssl"), Some(Refused::Unknown));
        assert!(matches!(refused("security.protocol", "tls"), Some(Refused::Value(_))));
        assert!(matches!(refused("sasl.oauthbearer.method", "oidc"), Some(Refused::Value(_))));
    }

    #[test]
    fn what_opens_doors_is_a_secret_and_what_names_files_is_not() {
        for (name, expected) in [
            ("sasl.password", true),
            ("ssl.key.password", true),
            ("ssl.key.pem", true),
            ("ssl.keystore.password", true),
            ("sasl.oauthbearer.client.secret", true),
            ("ssl.key.location", false),
            ("ssl.certificate.pem", false),
            ("sasl.username", false),
        ] {
            assert_eq!(is_secret(name), expected, "{name}");
        }
    }
}
