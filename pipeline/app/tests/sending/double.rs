//! An endpoint of chat completions beside a test, which answers as it is told.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How it answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// With this text as the model's.
    Says(&'static str),
    /// With this status and no model.
    Status(u16),
    /// After so long, then with this text.
    Late(Duration, &'static str),
}

/// What it was asked: the header that signs in, and the body.
pub type Asked = (String, Value);

/// The endpoint.
pub struct Double {
    pub port: u16,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Double {
    pub fn start() -> Double {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let answer = Arc::new(Mutex::new(Answer::Says("none")));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let own = (Arc::clone(&answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, asked) = (Arc::clone(&own.0), Arc::clone(&own.1));
                // Whoever does not wait for an answer closes before it is written.
                thread::spawn(move || _ = serve(stream, &answer, &asked));
            }
        });
        Double { port, answer, asked }
    }

    /// How it answers from now on.
    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().expect("an answer") = answer;
    }

    /// What it was asked since the last look.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("questions"))
    }
}

fn serve(
    stream: TcpStream,
    answer: &Mutex<Answer>,
    asked: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut length, mut signed, mut line) = (0, String::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let (name, value) = line.trim().split_once(':').unwrap_or_default();
        match &*name.to_lowercase() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => signed = value.trim().to_owned(),
            _ if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let question = serde_json::from_slice(&body).unwrap_or_default();
    asked.lock().expect("questions").push((signed, question));
    let (status, said) = match answer.lock().expect("an answer").clone() {
        Answer::Says(said) => (200, said),
        Answer::Status(status) => (status, ""),
        Answer::Late(after, said) => {
            thread::sleep(after);
            (200, said)
        }
    };
    let body = json!({ "choices": [{ "message": { "role": "assistant", "content": said } }] });
    let (body, mut stream) = (body.to_string(), stream);
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}
