//! What the machine did during a run.

use super::process::{Usage, machine};
use super::table::Sample;
use std::time::Instant;

/// The machine as it was when a run began.
pub struct Clock {
    at: Instant,
    broker_process: u32,
    broker: f64,
    own: f64,
    machine: f64,
}

impl Clock {
    /// Now.
    pub fn start(broker_process: u32) -> Clock {
        Clock {
            at: Instant::now(),
            broker_process,
            broker: Usage::of(broker_process).cpu,
            own: Usage::own().cpu,
            machine: machine(),
        }
    }

    /// What a run took that did so many million records in so many seconds. This program's own CPU
    /// is nobody's: it watches.
    pub fn sample(&self, millions: f64, seconds: f64, usage: Usage) -> Sample {
        let broker = Usage::of(self.broker_process).cpu - self.broker;
        let known = usage.cpu + broker + Usage::own().cpu - self.own;
        let foreign = machine() - self.machine - known;
        Sample {
            rate: millions * 1e6 / seconds,
            processor: usage.cpu / millions,
            broker: broker / millions,
            peak_mib: usage.peak_mib,
            foreign: (foreign / self.at.elapsed().as_secs_f64()).max(0.0),
        }
    }
}
