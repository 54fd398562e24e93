//! The smallest client that can also say what a good one would not.

use crate::fake::Fake;
use crate::keys::{ADMIN, Keys};
use serde_json::Value;
use serve::{Entry, ServeOptions, listen, serve};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{JoinHandle, spawn};
use std::time::Duration;
use tokio::sync::oneshot;

/// A server that runs until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    pub fake: Arc<Fake>,
    close: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start() -> Server {
        Server::with(ServeOptions::default())
    }

    /// With other options; where they name no keys, whoever asks is an admin.
    pub fn with(mut options: ServeOptions) -> Server {
        options.gate.get_or_insert_with(|| Arc::new(Keys::default()));
        let fake = Arc::new(Fake::default());
        let backend = Arc::clone(&fake);
        let (ready, address) = std::sync::mpsc::channel();
        let (close, closed) = oneshot::channel::<()>();
        let thread = spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = listen("127.0.0.1:0", &options).await.expect("a free port");
                ready.send(listener.local_addr().expect("an address")).expect("a test waits");
                let shutdown = async {
                    let _ = closed.await;
                };
                let entries = vec![Entry { listener, tls: None }];
                serve(entries, backend, options, shutdown).await.expect("served");
            });
        });
        let address = address.recv().expect("the server starts");
        Server { address, fake, close: Some(close), thread: Some(thread) }
    }

    /// Closes the doors; whoever is inside may finish.
    pub fn close(&mut self) {
        self.close.take().map(|close| close.send(()));
    }

    pub fn get(&self, path: &str) -> Answer {
        Request::new("GET", path).send(self)
    }

    pub fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        Request::new("POST", path).body(body).send(self)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
        // A server that panicked has said so on standard error already.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A request as it goes over the wire.
pub struct Request {
    line: String,
    host: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Request {
        let line = format!("{method} {path} HTTP/1.1");
        Request { line, host: None, headers: Vec::new(), body: None }
    }

    /// Another Host than the server's address.
    pub fn host(mut self, host: &str) -> Request {
        self.host = Some(host.to_owned());
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl AsRef<[u8]>) -> Request {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    pub fn send(self, server: &Server) -> Answer {
        let host = self.host.unwrap_or_else(|| server.address.to_string());
        let mut head = format!("{}\r\nHost: {host}\r\nConnection: close\r\n", self.line);
        // What a test says of keys itself stands; `none` is none.
        if !self.headers.iter().any(|(name, _)| name == "authorization" || name == "cookie") {
            write!(head, "authorization: Bearer {ADMIN}\r\n").expect("text");
        }
        let is_said =
            |(name, value): &&(String, String)| (&**name, &**value) != ("authorization", "none");
        for (name, value) in self.headers.iter().filter(is_said) {
            write!(head, "{name}: {value}\r\n").expect("text");
        }
        if let Some(body) = &self.body {
            write!(head, "Content-Length: {}\r\n", body.len()).expect("text");
        }
        head += "\r\n";
        let mut bytes = head.into_bytes();
        bytes.extend(self.body.unwrap_or_default());
        raw(server, &bytes)
    }
}

/// Sends bytes as they are and reads what comes back until the server closes.
pub fn raw(server: &Server, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    // A body that is refused by its length alone may not be read to its end.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Answer::parse(&answer)
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let head = head.to_ascii_lowercase();
        Answer { status: status.unwrap_or(0), head, body: body.to_owned() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }

    /// Holds an answer to a status and, from 400 on, to everything that a problem has to say.
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) -> &Answer {
        assert_eq!(self.status, status, "{self:?}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["type"], format!("/errors/{code}"), "{self:?}");
        for name in ["title", "detail"] {
            assert!(problem[name].as_str().is_some_and(|text| text.len() > 5), "{self:?}");
        }
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let is_later = matches!(status, 429 | 503);
        assert_eq!(self.header("retry-after").is_some(), is_later, "{self:?}");
        self
    }

    #[track_caller]
    pub fn is_ok(&self) -> &Answer {
        assert!((200..300).contains(&self.status), "{self:?}");
        self
    }
}
