//! What the sandbox tells the shop by itself: signed callbacks, and reports that were asked for.
//!
//! They only ever leave for this machine: for the address that `--callback-to` names, or for a
//! callback address that is itself on loopback. Every other one is signed and recorded, and nobody is
//! called.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyvitys_domain::{MerchantId, Money, PaymentStatus, Provider, TransactionId};
use hyvitys_paytrail::signing::{Algorithm, SignatureError, SigningKey, sign};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::books::Urls;

/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A delivery as `/_sandbox/callbacks` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackRecord {
    /// When it was made up (UTC, by the sandbox's clock).
    pub at: DateTime<Utc>,
    /// `GET` for a callback, `POST` for a report.
    pub method: &'static str,
    /// The whole signed address.
    pub url: String,
    /// Where it was sent; none where it was only recorded.
    pub sent_to: Option<SocketAddr>,
    /// What was answered, if anything was.
    pub http_status: Option<u16>,
    /// Why nothing was sent or answered.
    pub error: Option<String>,
}

/// What a callback says.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The payment's, or the refund's own id.
    pub transaction: TransactionId,
    /// The payment's stamp, or the refundStamp.
    pub stamp: &'a str,
    /// The payment's, or the refund's own reference.
    pub reference: &'a str,
    /// The amount, positive.
    pub amount: Money,
    /// The status.
    pub status: &'a PaymentStatus,
    /// The provider.
    pub provider: Option<&'a Provider>,
}

/// Something that is to be sent.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its place in the list of callbacks.
    pub number: usize,
    /// The address that is named.
    pub url: Url,
    /// Where it really goes, if anywhere.
    pub to: Option<SocketAddr>,
    /// The headers and the body of a report; a callback has none.
    pub report: Option<SignedReport>,
}

/// A report on its way.
#[derive(Clone, Debug)]
pub struct SignedReport {
    /// Its headers, signature and all.
    pub headers: Vec<(String, String)>,
    /// JSON or CSV.
    pub body: Vec<u8>,
}

/// Why nothing can be signed or sent.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// The shop's address is none.
    #[error("'{0}' is not an address")]
    NotAnAddress(String),
    /// A value can't be signed.
    #[error("a value of the callback can't be signed: {0}")]
    Signature(#[from] SignatureError),
}

/// The shop's address with the signed parameters of a callback or redirect: the first of the pair
/// unless the payment or refund failed.
pub fn signed_url(
    merchant: &MerchantId,
    key: &SigningKey,
    urls: &Urls,
    told: &Told<'_>,
) -> Result<Url, CallbackError> {
    let failed = *told.status == PaymentStatus::Fail;
    let text = if failed { &urls.cancel } else { &urls.success };
    let mut url = Url::parse(text).map_err(|_| CallbackError::NotAnAddress(text.clone()))?;
    let amount = told.amount.cents().to_string();
    let transaction = told.transaction.to_string();
    let pairs = [
        ("checkout-account", merchant.as_str()),
        ("checkout-algorithm", Algorithm::Sha256.as_str()),
        ("checkout-amount", &amount),
        ("checkout-stamp", told.stamp),
        ("checkout-reference", told.reference),
        ("checkout-transaction-id", &transaction),
        ("checkout-status", told.status.as_str()),
        (
            "checkout-provider",
            told.provider.map_or("", Provider::as_str),
        ),
    ];
    let signature = sign(key, Algorithm::Sha256, pairs, b"")?;
    url.query_pairs_mut()
        .extend_pairs(pairs)
        .append_pair("signature", &signature);
    Ok(url)
}

/// Whether an address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    loopback_ip(url).is_some()
}

fn loopback_ip(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Domain("localhost") => Some(Ipv4Addr::LOCALHOST.into()),
        Host::Domain(_) => None,
        Host::Ipv4(ip) => ip.is_loopback().then_some(ip.into()),
        Host::Ipv6(ip) => ip.is_loopback().then_some(ip.into()),
    }
}

/// Where a delivery goes: never anywhere but to this machine. Without `--callback-to` that is plain
/// http on loopback; TLS is not spoken here.
pub fn target(url: &Url, callback_to: Option<SocketAddr>) -> Option<SocketAddr> {
    if let Some(to) = callback_to {
        return to.ip().is_loopback().then_some(to);
    }
    if url.scheme() != "http" {
        return None;
    }
    Some(SocketAddr::new(
        loopback_ip(url)?,
        url.port_or_known_default()?,
    ))
}

/// Sends a delivery: gives the status that was answered, or why there is none.
pub async fn deliver(delivery: &Delivery) -> Result<u16, String> {
    let Some(to) = delivery.to else {
        return Err("only addresses on this machine are called".to_owned());
    };
    match tokio::time::timeout(PATIENCE, exchange(delivery, to)).await {
        Ok(Ok(status)) => Ok(status),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

async fn exchange(delivery: &Delivery, to: SocketAddr) -> std::io::Result<u16> {
    let url = &delivery.url;
    let query = url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    let method = if delivery.report.is_some() {
        "POST"
    } else {
        "GET"
    };
    let mut head = vec![
        format!("{method} {}{query} HTTP/1.1", url.path()),
        format!("host: {host}"),
        "connection: close".to_owned(),
        "user-agent: hyvitys-sandbox".to_owned(),
    ];
    let mut bytes: &[u8] = &[];
    if let Some(SignedReport { headers, body }) = &delivery.report {
        head.extend(
            headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        head.push(format!("content-length: {}", body.len()));
        bytes = body;
    }
    let head = format!("{}\r\n\r\n", head.join("\r\n"));
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    // The status line is all that counts.
    let mut limited = stream.take(4_096);
    while !answer.contains(&b'\n') && limited.read_buf(&mut answer).await? > 0 {}
    let line = String::from_utf8_lossy(&answer);
    line.split(' ')
        .nth(1)
        .and_then(|status| status.trim().parse().ok())
        .ok_or_else(|| std::io::Error::other("the answer is not HTTP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_ever_called() {
        let to: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let far: SocketAddr = "192.0.2.1:80".parse().unwrap();
        let url = |text: &str| Url::parse(text).unwrap();
        assert_eq!(target(&url("https://shop.example/x"), None), None);
        assert_eq!(target(&url("http://192.0.2.1/x"), None), None);
        assert_eq!(target(&url("http://localhost.example/x"), None), None);
        assert_eq!(target(&url("http://localhost:9/x"), None), Some(to));
        assert_eq!(target(&url("https://shop.example/x"), Some(to)), Some(to));
        assert_eq!(target(&url("http://127.0.0.1:9/x"), Some(far)), None);
    }
}
