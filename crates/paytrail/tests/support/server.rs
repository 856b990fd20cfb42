//! A raw TCP server that does what a test tells it and writes down what it read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyvitys_paytrail::{Client, ReqwestTransport, TransportOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{credentials, signed_headers};

/// One whole request, as it came over the wire.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// A connection of the server's; requests that it reads are written down.
pub struct Connection {
    pub stream: TcpStream,
    pub number: usize,
    pub log: Arc<Log>,
}

#[derive(Default)]
pub struct Log {
    pub requests: Mutex<Vec<Seen>>,
    pub bytes: AtomicUsize,
}

impl Connection {
    /// The next whole request; `None` when the connection ends before.
    pub async fn request(&mut self) -> Option<Seen> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            if let Some(seen) = whole(&bytes) {
                self.log.requests.lock().unwrap().push(seen.clone());
                return Some(seen);
            }
            let count = self
                .stream
                .read(&mut buffer)
                .await
                .ok()
                .filter(|count| *count > 0)?;
            self.log.bytes.fetch_add(count, Ordering::SeqCst);
            bytes.extend_from_slice(&buffer[..count]);
        }
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        // The client may have gone away on purpose.
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }
}

fn whole(bytes: &[u8]) -> Option<Seen> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: BTreeMap<_, _> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    assert!(
        !headers.contains_key("transfer-encoding"),
        "bodies travel with their length"
    );
    let length = headers
        .get("content-length")
        .map_or(0, |text| text.parse().unwrap());
    let body = bytes[end + 4..].to_vec();
    (body.len() >= length).then_some(Seen {
        line,
        headers,
        body,
    })
}

/// The bytes of a signed answer.
pub fn answer(status: u16, body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in signed_headers(&[], body.as_bytes()) {
        text = format!("{text}{name}: {value}\r\n");
    }
    format!("{text}\r\n{body}").into_bytes()
}

/// A server that treats each of its connections as `behave` says, until the test ends.
pub struct Server {
    pub origin: String,
    pub log: Arc<Log>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start<F>(behave: impl Fn(Connection) -> F + Send + 'static) -> Server
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::<Log>::default();
        let kept = log.clone();
        let task = tokio::spawn(async move {
            for number in 0.. {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                tokio::spawn(behave(Connection {
                    stream,
                    number,
                    log: kept.clone(),
                }));
            }
        });
        Server { origin, log, task }
    }

    pub fn client(&self) -> Client {
        client(&self.origin, &options())
    }

    /// How many whole requests came; fails if a nonce came twice.
    pub fn requests(&self) -> usize {
        let requests = self.log.requests.lock().unwrap();
        let mut nonces: Vec<_> = requests
            .iter()
            .map(|seen| &seen.headers["checkout-nonce"])
            .collect();
        nonces.sort();
        assert!(
            nonces.windows(2).all(|two| two[0] != two[1]),
            "a nonce came twice: {nonces:?}"
        );
        nonces.len()
    }

    pub fn bytes(&self) -> usize {
        self.log.bytes.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Limits so wide that only the tests which are about them run into them.
pub fn options() -> TransportOptions {
    TransportOptions {
        connect_timeout: Duration::from_secs(20),
        timeout: Duration::from_secs(20),
        max_body: 64 * 1024,
        user_agent: "hyvitys-test".into(),
    }
}

pub fn client(origin: &str, options: &TransportOptions) -> Client {
    let transport = Arc::new(ReqwestTransport::new(options).unwrap());
    Client::new(
        origin.parse().unwrap(),
        credentials(),
        transport,
        "hyvitys-test",
    )
}
