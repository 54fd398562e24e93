//! Begins a transaction, writes one record into it, says so, and waits to be killed.
//!
//! `half_transaction BROKERS TRANSACTIONAL_ID TOPIC`: the victim of a test.

use std::io::Write;

use kafka::{Error, Producer, Settings};

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("BROKERS TRANSACTIONAL_ID TOPIC");
    let (brokers, id, topic) = (next(), next(), next());
    let mut producer = Producer::transactional(&Settings::new(&brokers, "victim", "0"), &id)?;
    producer.begin()?;
    producer.append(&topic, 0, b"key", Some(b"never to be seen"))?;
    producer.flush()?;
    let mut out = std::io::stdout();
    out.write_all(b"written\n").and_then(|()| out.flush()).expect("somebody listens");
    loop {
        std::thread::park();
    }
}
