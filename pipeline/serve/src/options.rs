//! What whoever starts the doors decides.

use crate::gate::Gate;
use model::Zone;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use telemetry::Metrics;

/// Settings of the doors; the default is safe on a machine that its user alone works on.
///
/// **Who may do what.** Reads need a key or the session of a browser, writes a key, also on
/// loopback:
/// a proxy on this machine looks like its user. Pages of other origins may not write in any case,
/// and cannot read: no answer allows it. Where the doors are open, reads and touchpoints need
/// nothing; what needs an admin still needs one.
#[derive(Clone)]
pub struct ServeOptions {
    /// Names that a Host header may say, without a port: whatever else is DNS rebinding, or a name
    /// that has to be added here. Default: `localhost`, `127.0.0.1`, `[::1]`.
    pub hosts: Vec<String>,
    /// Who keeps keys and sessions. Default: nobody, and then nobody comes in.
    pub gate: Option<Arc<dyn Gate>>,
    /// Whether reads and touchpoints need nothing: for data that is invented. Default: no.
    pub is_open: bool,
    /// Whether browsers come by https: here, or at a proxy. A session then goes over nothing else.
    /// Default: no.
    pub is_https: bool,
    /// Whether an address that other machines reach may be listened on. Default: no.
    pub is_beyond_loopback_allowed: bool,
    /// The business's zone: where a day begins that a request names by its date. Default: UTC.
    pub zone: Zone,
    /// The version of the journey map that counters are made with. Default: 1.
    pub map_version: u32,
    /// How large one touchpoint may be.
    pub limits: codec::Limits,
    /// Bytes of a body, as sent and after decompression. Default: 16 MiB.
    pub body_bytes_max: usize,
    /// How many times larger than its gzip a body of more than 1 MiB may be. Default: 200.
    pub body_ratio_max: usize,
    /// Touchpoints of one request. Default: 100,000.
    pub records_max: usize,
    /// Requests that are worked on at once; each may hold a thread. Default: 64.
    pub requests_max: usize,
    /// Bytes of bodies that are held at once; in memory they take about four times that.
    /// Default: 128 MiB, which is eight bodies of the greatest size, or thousands of small ones.
    pub bodies_bytes_max: usize,
    /// Connections at once; further ones wait to be accepted. Default: 512.
    pub connections_max: usize,
    /// Streams of news at once; each is a tab of a browser that shows the page. Default: 64.
    pub streams_max: usize,
    /// How long a request waits for its turn before it gets 429. Default: 1 s.
    pub turn_timeout: Duration,
    /// How long a request's head, and then its body, may take to arrive. Default: 20 s.
    pub read_timeout: Duration,
    /// How long an answer may take. Default: 5 min: an audit recomputes everything.
    pub answer_timeout: Duration,
    /// How long requests may go on once the doors close. Default: 10 s.
    pub drain_timeout: Duration,
    /// Where requests are counted.
    pub metrics: Option<Arc<Metrics>>,
}

impl Default for ServeOptions {
    fn default() -> Self {
        ServeOptions {
            hosts: ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec(),
            gate: None,
            is_open: false,
            is_https: false,
            is_beyond_loopback_allowed: false,
            zone: Zone::utc(),
            map_version: 1,
            limits: codec::Limits::default(),
            body_bytes_max: 16 * 1_024 * 1_024,
            body_ratio_max: 200,
            records_max: 100_000,
            requests_max: 64,
            bodies_bytes_max: 128 * 1_024 * 1_024,
            connections_max: 512,
            streams_max: 64,
            turn_timeout: Duration::from_secs(1),
            read_timeout: Duration::from_secs(20),
            answer_timeout: Duration::from_secs(300),
            drain_timeout: Duration::from_secs(10),
            metrics: None,
        }
    }
}

impl fmt::Debug for ServeOptions {
    /// Without who keeps the keys, and so without keys.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ServeOptions { hosts, is_open, is_https, is_beyond_loopback_allowed, .. } = self;
        out.debug_struct("ServeOptions")
            .field("hosts", hosts)
            .field("is_open", is_open)
            .field("is_https", is_https)
            .field("is_beyond_loopback_allowed", is_beyond_loopback_allowed)
            .finish_non_exhaustive()
    }
}
