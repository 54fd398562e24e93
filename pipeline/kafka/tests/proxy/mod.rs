//! Stands between clients and a broker, and loses what a test tells it to lose.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The key of the request that ends a transaction.
pub const END_TXN: i16 = 26;
/// The key of the request that puts offsets into a transaction.
pub const TXN_OFFSET_COMMIT: i16 = 28;

/// What is lost: once, and from then on everything on that connection.
#[derive(Clone, Copy, Debug)]
pub enum Loss {
    /// A request with this key does not reach the broker.
    Request(i16),
    /// It does, but its answer does not come back.
    Answer(i16),
    /// A request with this key is kept, to be delivered late.
    Late(i16),
    /// Before a request with this key what was kept is delivered on its own connection.
    Deliver(i16),
}

/// A proxy for one broker.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    loss: Arc<Mutex<Option<Loss>>>,
}

/// A request that was kept, and the connection that it came on.
type Kept = Mutex<Option<(TcpStream, Vec<u8>)>>;

static KEPT: Kept = Mutex::new(None);

/// Delivers what was kept, and waits for the broker's answer to it.
fn deliver() {
    let kept = KEPT.lock().expect("no panic").take();
    let (mut broker, request) = kept.expect("a request was kept");
    broker.write_all(&request).expect("the connection is open");
    thread::sleep(Duration::from_millis(300));
}

impl Proxy {
    /// Passes on what comes to a listener to a port of this machine.
    pub fn start(listener: TcpListener, to: u16) -> Proxy {
        let port = listener.local_addr().expect("an address").port();
        let loss = Arc::new(Mutex::new(None));
        let kept = loss.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Before the broker is up there is nobody to connect to; clients try again.
                if let Ok(broker) = TcpStream::connect(("127.0.0.1", to)) {
                    connect(client, broker, kept.clone());
                }
            }
        });
        Proxy { port, loss }
    }

    /// Loses this, the next time that it comes by.
    pub fn lose(&self, loss: Loss) {
        *self.loss.lock().expect("no panic") = Some(loss);
    }

    /// Whether it was lost.
    pub fn has_lost(&self) -> bool {
        self.loss.lock().expect("no panic").is_none()
    }
}

fn connect(client: TcpStream, broker: TcpStream, loss: Arc<Mutex<Option<Loss>>>) {
    let is_mute = Arc::new(AtomicBool::new(false));
    let (from_broker, to_client) = (broker.try_clone(), client.try_clone());
    let (from_broker, to_client) = (from_broker.expect("a copy"), to_client.expect("a copy"));
    let muted = is_mute.clone();
    thread::spawn(move || {
        requests(&client, &broker, &loss, &muted);
        // An end that stays open would keep the other side waiting.
        let _ = broker.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        answers(&from_broker, &to_client, &is_mute);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}

fn requests(
    mut client: &TcpStream,
    mut broker: &TcpStream,
    loss: &Mutex<Option<Loss>>,
    is_mute: &AtomicBool,
) {
    let mut length = [0; 4];
    while client.read_exact(&mut length).is_ok() {
        let mut request = vec![0; u32::from_be_bytes(length) as usize];
        if client.read_exact(&mut request).is_err() {
            return;
        }
        let key = i16::from_be_bytes([request[0], request[1]]);
        let mut loss = loss.lock().expect("no panic");
        match *loss {
            Some(Loss::Request(lost)) if lost == key => {
                *loss = None;
                is_mute.store(true, Ordering::SeqCst);
                drop(loss);
                // Reads on, so that the client does not notice.
                let mut rest = Vec::new();
                let _ = client.read_to_end(&mut rest);
                return;
            }
            Some(Loss::Late(lost)) if lost == key => {
                *loss = None;
                is_mute.store(true, Ordering::SeqCst);
                drop(loss);
                let whole = [&length[..], &request].concat();
                let connection = broker.try_clone().expect("a copy");
                *KEPT.lock().expect("no panic") = Some((connection, whole));
                // The client's end closes, the broker's stays open until it is delivered.
                let mut rest = Vec::new();
                let _ = client.read_to_end(&mut rest);
                while KEPT.lock().expect("no panic").is_some() {
                    thread::sleep(Duration::from_millis(10));
                }
                thread::sleep(Duration::from_secs(1));
                return;
            }
            Some(Loss::Deliver(wanted)) if wanted == key => {
                *loss = None;
                deliver();
            }
            Some(Loss::Answer(lost)) if lost == key => {
                *loss = None;
                is_mute.store(true, Ordering::SeqCst);
            }
            _ => {}
        }
        drop(loss);
        if broker.write_all(&length).and_then(|()| broker.write_all(&request)).is_err() {
            return;
        }
    }
}

fn answers(mut broker: &TcpStream, mut client: &TcpStream, is_mute: &AtomicBool) {
    let mut bytes = vec![0; 64 * 1_024];
    while let Ok(count) = broker.read(&mut bytes) {
        if count == 0 {
            return;
        }
        let is_lost = is_mute.load(Ordering::SeqCst);
        if !is_lost && client.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
}
