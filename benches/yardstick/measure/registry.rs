//! As much of a registry of schemas as one schema needs: the load's records name theirs by the
//! number 1, and who copies a topic asks what that is.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// The schema of the load.
const SCHEMA: &str = include_str!("../touchpoint.avsc");

/// Answers until this process ends.
pub struct Registry {
    /// Where.
    pub url: String,
}

impl Registry {
    /// Begins to answer on a port of this machine.
    pub fn start() -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever hangs up asks again.
                let _ = answer(stream);
            }
        });
        Registry { url: format!("http://{address}") }
    }
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // Up to the empty line that ends the head.
    lines.map_while(Result::ok).find(String::is_empty);
    let (status, body) = match request.starts_with("GET /schemas/ids/1") {
        true => ("200 OK", serde_json::json!({ "schema": SCHEMA }).to_string()),
        false => ("404 Not Found", serde_json::json!({ "error_code": 40_403 }).to_string()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}
