//! The least HTTP that talks to the controls of a sandbox.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One request on a connection of its own; gives the body of a 200, else panics with what came.
pub fn ask(to: SocketAddr, method: &str, path: &str, body: &str) -> Vec<u8> {
    let mut connection = TcpStream::connect(to).expect("the sandbox listens");
    connection
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    connection
        .read_to_end(&mut answer)
        .expect("the sandbox answers");
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let body = answer.split_off(end + 4);
    assert!(
        head.starts_with("HTTP/1.1 200"),
        "{method} {path}: {head} {}",
        String::from_utf8_lossy(&body)
    );
    assert!(
        !head.to_lowercase().contains("transfer-encoding"),
        "chunks are not read here"
    );
    body
}
