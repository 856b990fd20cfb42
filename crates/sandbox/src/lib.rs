//! A Paytrail shop on this machine, for tests, benches and the demo shop.
//!
//! It checks every signature, signs every answer, keeps books that are the truth to measure other
//! programs against, and can misbehave in every way that a payment API has been seen to. It speaks on
//! loopback only, and so do the callbacks that it sends.
//!
//! - [`books`] is the state machine: payments, refunds, holds, balance; it knows no clock and no disk.
//! - `api` verifies, dispatches and signs; `http` carries the bytes; `shop` ties them to the clock and
//!   the state file.
//! - Under `/_sandbox` are the controls: the whole lists, the clock, the faults, the balance.
//!
//! Which answers `cancel-order` gives when is told in the books' module on holds; which refunds are
//! pending or fail is decided by a hash of seed, payment and amount, so that a test can find them.

mod api;
pub mod books;
pub mod callbacks;
pub mod clock;
pub mod dice;
pub mod faults;
mod http;
mod options;
mod providers;
mod reports;
mod requests;
mod seed;
mod shop;
mod state;

use std::net::SocketAddr;

use hyvitys_domain::TransactionId;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use options::{Options, StartError, TEST_MERCHANT, TEST_SECRET};
pub use reports::ReportError;
pub use state::StateError;

/// The sandbox.
#[derive(Clone, Copy, Debug)]
pub struct Sandbox;

/// A running sandbox. It ends when it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    payments: usize,
    app: http::App,
    ending: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Opens the shop and serves it in the background until it is stopped. Call it within a Tokio
    /// runtime.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let far = |address: &SocketAddr| !address.ip().is_loopback();
        let addresses = [Some(options.listen), options.callback_to];
        if let Some(address) = addresses.into_iter().flatten().find(far) {
            return Err(StartError::NotLoopback(address));
        }
        let cant_listen = |source| StartError::Listen {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen)
            .await
            .map_err(cant_listen)?;
        let addr = listener.local_addr().map_err(cant_listen)?;
        let shop = shop::Shop::open(&options, format!("http://{addr}"))?;
        let payments = shop.books.payments().len();
        let app = http::App::new(shop, options.latency, options.slow);
        let (ending, told_to_stop) = watch::channel(false);
        let task = Some(tokio::spawn(http::serve(
            listener,
            app.clone(),
            told_to_stop,
        )));
        Ok(Running {
            addr,
            payments,
            app,
            ending,
            task,
        })
    }
}

impl Running {
    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address of its API, like `http://127.0.0.1:8787`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// How many payments its books had at the start.
    pub const fn payments(&self) -> usize {
        self.payments
    }

    /// The whole payment report as JSON: every payment and refund with its items, newest first. It is
    /// what `/_sandbox/report.json` gives, for a program that has the shop inside.
    pub fn report(&self) -> Result<Vec<u8>, ReportError> {
        let everything = reports::Report {
            status: reports::ReportStatus::All,
            items: true,
            ..reports::Report::default()
        };
        reports::write(&self.app.shop().books, &everything)
    }

    /// The transaction ids of all payments, which no report names.
    pub fn transaction_ids(&self) -> Vec<TransactionId> {
        let shop = self.app.shop();
        shop.books
            .payments()
            .into_iter()
            .map(|payment| payment.id)
            .collect()
    }

    /// From now on these go wrong, in place of what did so far.
    pub fn set_faults(&self, faults: faults::Faults) {
        self.app.shop().faults = faults;
    }

    /// Stops it and waits until its connections are closed.
    pub async fn stop(mut self) {
        let _ = self.ending.send(true);
        if let Some(task) = self.task.take() {
            // It was stopped or it panicked; either way it is over.
            let _ = task.await;
        }
        // Dropping it closes the books.
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.app.shop().close();
    }
}
