//! Where the doors may be opened.

use serve::{Error, ServeOptions, listen};

#[track_caller]
fn opens(address: &str, options: &ServeOptions) -> Result<std::net::SocketAddr, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let listening = async { listen(address, options).await?.local_addr().map_err(unexpected) };
    runtime.expect("a runtime").block_on(listening)
}

fn unexpected(reason: std::io::Error) -> Error {
    panic!("{reason}")
}

#[track_caller]
fn refuses(address: &str, code: &str) {
    let error = opens(address, &ServeOptions::default()).expect_err(address).to_string();
    assert!(error.ends_with(&format!("[{code}]")), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn loopback_is_listened_on() {
    for address in ["127.0.0.1:0", "localhost:0", "127.0.0.2:0"] {
        assert!(opens(address, &ServeOptions::default()).expect(address).ip().is_loopback());
    }
}

#[test]
fn localhost_is_the_address_that_everybody_means() {
    let address = opens("localhost:0", &ServeOptions::default()).expect("loopback");
    assert_eq!(address.ip().to_string(), "127.0.0.1");
}

#[test]
fn an_address_that_other_machines_reach_is_refused_unless_it_is_allowed() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        refuses(address, "D0632");
    }
    let options = ServeOptions { is_beyond_loopback_allowed: true, ..ServeOptions::default() };
    assert!(opens("0.0.0.0:0", &options).is_ok());
}

#[test]
fn an_address_that_is_none_is_refused() {
    for address in ["", "8080", "127.0.0.1", "127.0.0.1:99999", "256.0.0.1:80"] {
        refuses(address, "D0631");
    }
}

#[test]
fn a_port_in_use_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    refuses(&taken.local_addr().expect("an address").to_string(), "D0633");
}

#[test]
fn an_address_of_another_machine_is_refused_by_the_system() {
    let options = ServeOptions { is_beyond_loopback_allowed: true, ..ServeOptions::default() };
    let error = opens("192.0.2.1:8080", &options).expect_err("no such card").to_string();
    assert!(error.ends_with("[D0634]"), "{error}");
}
