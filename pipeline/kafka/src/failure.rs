//! What librdkafka reports, sorted by what must be done about it.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::Error;

/// An error of librdkafka with the marks that it carries.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// Its code; of a fatal error the underlying one.
    pub(crate) code: Code,
    /// The client cannot go on.
    pub(crate) is_fatal: bool,
    /// The same call may be made again.
    pub(crate) is_retriable: bool,
    /// The transaction must be rolled back.
    pub(crate) wants_abort: bool,
    /// Its words.
    pub(crate) text: String,
}

impl Failure {
    /// A failure of which only the code is known.
    pub(crate) fn of(code: Code) -> Failure {
        Failure {
            code,
            is_fatal: code == Code::Fatal,
            is_retriable: is_passing(code),
            wants_abort: false,
            text: code.to_string(),
        }
    }

    /// Whether the time was over before an answer came.
    pub(crate) fn is_time_out(&self) -> bool {
        matches!(self.code, Code::OperationTimedOut | Code::RequestTimedOut)
    }

    /// The error for a call that changes nothing when it fails so.
    pub(crate) fn into_error(self, call: &'static str) -> Error {
        let detail = format!("{} ({:?})", self.text, self.code);
        match self.code {
            Code::Fenced
            | Code::ProducerFenced
            | Code::InvalidProducerEpoch
            | Code::FencedInstanceId => Error::Fenced { call, detail },
            Code::Authentication | Code::SaslAuthenticationFailed => Error::Credentials { detail },
            code if is_permission(code) => Error::Setting { call, detail },
            code if self.wants_abort || is_of_generation(code) => Error::Aborted { call, detail },
            _ if self.is_fatal => Error::Fatal { call, detail },
            _ if self.is_retriable || self.is_time_out() => Error::Unreachable { call, detail },
            _ => Error::Fatal { call, detail },
        }
    }

    /// Whether the record itself is at fault, so that writing it again fails again.
    pub(crate) fn is_of_record(&self) -> bool {
        matches!(
            self.code,
            Code::MessageSizeTooLarge
                | Code::InvalidMessageSize
                | Code::InvalidRecord
                | Code::UnknownPartition
                | Code::UnknownTopic
                | Code::UnknownTopicOrPartition
                | Code::InvalidTopic
                | Code::TopicAuthorizationFailed
        )
    }
}

/// Errors of a connection or a coordinator that go by.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            // A question that was under way when its broker left the cluster.
            | Code::DestroyBroker
            | Code::Resolve
            | Code::WaitingForCoordinator
            | Code::WaitCache
            | Code::InProgress
            | Code::PreviousInProgress
            | Code::Retry
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::UnstableOffsetCommit
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::NetworkException
            | Code::BrokerNotAvailable
            | Code::NotEnoughReplicas
            | Code::NotEnoughReplicasAfterAppend
            | Code::OffsetNotAvailable
            | Code::State
    )
}

fn is_permission(code: Code) -> bool {
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::UnsupportedSASLMechanism
            | Code::InvalidTransactionTimeout
            | Code::UnsupportedVersion
            | Code::UnsupportedFeature
            | Code::InvalidArgument
    )
}

/// The group has moved on: what was worked under an older generation is not committed.
fn is_of_generation(code: Code) -> bool {
    matches!(
        code,
        Code::IllegalGeneration
            | Code::UnknownMemberId
            | Code::RebalanceInProgress
            | Code::PollExceeded
            | Code::AssignmentLost
    )
}

/// Calls until it is done, fails for good, or the time is over.
pub(crate) fn retrying(
    wait: Duration,
    mut attempt: impl FnMut(Duration) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let until = Instant::now() + wait;
    loop {
        match attempt(until.saturating_duration_since(Instant::now())) {
            Err(failure) if failure.is_retriable && !failure.is_fatal && Instant::now() < until => {
                thread::sleep(Duration::from_millis(2));
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::Verdict;
    use rdkafka_sys::RDKafkaErrorCode as Code;

    use super::Failure;

    fn verdict(code: Code, mark: fn(&mut Failure)) -> Verdict {
        let mut failure = Failure::of(code);
        mark(&mut failure);
        failure.into_error("try").verdict()
    }

    #[test]
    fn every_failure_says_what_the_caller_must_do() {
        let plain: fn(&mut Failure) = |_| ();
        let abort: fn(&mut Failure) = |failure| failure.wants_abort = true;
        let fatal: fn(&mut Failure) = |failure| failure.is_fatal = true;
        let fenced = verdict(Code::Fenced, fatal);
        assert!(matches!(fenced, Verdict::Fenced(_)), "{fenced:?}");
        let epoch = verdict(Code::InvalidProducerEpoch, abort);
        assert!(matches!(epoch, Verdict::Fenced(_)), "{epoch:?}");
        let generation = verdict(Code::IllegalGeneration, abort);
        assert!(matches!(generation, Verdict::Abort(_)), "{generation:?}");
        let size = verdict(Code::MessageSizeTooLarge, abort);
        assert!(matches!(size, Verdict::Abort(_)), "{size:?}");
        let gone = verdict(Code::BrokerTransportFailure, plain);
        assert!(matches!(gone, Verdict::Retry(_)), "{gone:?}");
        let left = verdict(Code::DestroyBroker, plain);
        assert!(matches!(left, Verdict::Retry(_)), "{left:?}");
        let late = verdict(Code::OperationTimedOut, plain);
        assert!(matches!(late, Verdict::Retry(_)), "{late:?}");
        let forbidden = verdict(Code::TransactionalIdAuthorizationFailed, fatal);
        assert!(matches!(forbidden, Verdict::Refuse(_)), "{forbidden:?}");
        let stranger = verdict(Code::Authentication, plain);
        assert!(matches!(stranger, Verdict::Refuse(_)), "{stranger:?}");
        let order = verdict(Code::OutOfOrderSequenceNumber, fatal);
        assert!(matches!(order, Verdict::Fatal(_)), "{order:?}");
    }
}
