//! The program `hyvitys-sandbox`: see the library for what it does.

use std::error::Error;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Parser, ValueEnum};
use hyvitys_domain::MerchantId;
use hyvitys_paytrail::signing::SigningKey;
use hyvitys_sandbox::books::Rates;
use hyvitys_sandbox::clock::{ClockMode, parse_duration};
use hyvitys_sandbox::faults::{Fault, Faults, Rate, parse_fault};
use hyvitys_sandbox::{Options, Running, Sandbox, TEST_MERCHANT, TEST_SECRET};

/// A Paytrail shop on this machine.
///
/// It verifies and signs like Paytrail, keeps its own books, and misbehaves on demand. Controls are
/// under /_sandbox: payments, refunds, requests, callbacks, balance, clock, faults, report.json,
/// report.csv, payments/ID/pay, payments/ID/next-cancel, refunds/ID/settle.
///
/// cancel-order answers 201 mostly, 202 for the share --cancel-202, 200 when it was cancelled before,
/// 400 for what is no open Klarna manual invoice, 500 for a payment in a fraud check;
/// `payments/ID/next-cancel {"status": 201|202|500|"500-after"}` picks the next answer.
#[derive(Debug, Parser)]
#[command(name = "hyvitys-sandbox", version)]
struct Arguments {
    /// The address on loopback to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// The merchant id.
    #[arg(long, default_value = TEST_MERCHANT)]
    merchant: MerchantId,
    /// The merchant secret; the published test secret if none is given. For a secret that is one, use
    /// --secret-stdin or `HYVITYS_SANDBOX_SECRET` in the environment.
    #[arg(long)]
    secret: Option<String>,
    /// Read the merchant secret from the first line of standard input.
    #[arg(long, conflicts_with = "secret")]
    secret_stdin: bool,
    /// How many payments the history of a new shop has.
    #[arg(long, default_value_t = 2_000)]
    payments: usize,
    /// What chance is made of.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file that keeps the shop over restarts.
    #[arg(long)]
    state: Option<PathBuf>,
    /// How long every answer takes, like 100ms.
    #[arg(long, default_value = "0ms", value_parser = duration)]
    latency: Duration,
    /// How much longer an answer under the fault slow takes.
    #[arg(long, default_value = "2s", value_parser = duration)]
    slow_delay: Duration,
    /// A fault and its rate, like drop-after=0.05; may be given several times.
    #[arg(long, value_name = "KIND=RATE", value_parser = parse_fault)]
    fault: Vec<(Fault, Rate)>,
    /// The clock: the machine's, or one that only /_sandbox/clock moves.
    #[arg(long, value_enum, default_value_t = ClockName::Real)]
    clock: ClockName,
    /// Where a new manual clock starts, like 2026-11-01T12:00:00Z; the machine's time if not given.
    #[arg(long)]
    now: Option<DateTime<Utc>>,
    /// The address on loopback that all callbacks are sent to.
    #[arg(long)]
    callback_to: Option<SocketAddr>,
    /// The share of refunds that are pending at first.
    #[arg(long, default_value_t = Rates::default().pending_refunds)]
    pending_refunds: f64,
    /// The share of pending refunds that fail.
    #[arg(long, default_value_t = Rates::default().failing_refunds)]
    failing_refunds: f64,
    /// The share of cancellations that are answered with 202.
    #[arg(long = "cancel-202", default_value_t = Rates::default().cancel_202)]
    cancel_202: f64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClockName {
    Real,
    Manual,
}

fn duration(text: &str) -> Result<Duration, Box<dyn Error + Send + Sync>> {
    Ok(parse_duration(text)?.to_std()?)
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hyvitys-sandbox: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let options = options(arguments)?;
    let merchant = options.merchant.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let running = Sandbox::start(options).await?;
        announce(&running, &merchant)?;
        wait_for_the_end().await?;
        running.stop().await;
        Ok(())
    })
}

fn options(arguments: Arguments) -> Result<Options, Box<dyn Error>> {
    let environment = std::env::var("HYVITYS_SANDBOX_SECRET")
        .ok()
        .filter(|secret| !secret.is_empty());
    let secret = if arguments.secret_stdin {
        let mut input = String::new();
        std::io::stdin().take(1_024).read_to_string(&mut input)?;
        let line = input.lines().next().unwrap_or_default().to_owned();
        if line.is_empty() {
            return Err("no secret came from standard input".into());
        }
        line
    } else {
        arguments
            .secret
            .or(environment)
            .unwrap_or_else(|| TEST_SECRET.to_owned())
    };
    let clock = match arguments.clock {
        ClockName::Real if arguments.now.is_some() => {
            return Err("--now needs --clock manual".into());
        }
        ClockName::Real => ClockMode::Real,
        ClockName::Manual => ClockMode::Manual {
            start: arguments.now,
        },
    };
    Ok(Options {
        listen: arguments.listen,
        merchant: arguments.merchant,
        key: SigningKey::new(secret),
        payments: arguments.payments,
        seed: arguments.seed,
        state: arguments.state,
        latency: arguments.latency,
        slow: arguments.slow_delay,
        faults: Faults::new(arguments.fault)?,
        rates: Rates {
            pending_refunds: arguments.pending_refunds,
            failing_refunds: arguments.failing_refunds,
            cancel_202: arguments.cancel_202,
        },
        clock,
        callback_to: arguments.callback_to,
    })
}

/// The one line on standard output: whoever started the sandbox waits for it and reads the port.
fn announce(running: &Running, merchant: &MerchantId) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "hyvitys-sandbox listening on {} (merchant {merchant}, {} payments)",
        running.url(),
        running.payments()
    )?;
    out.flush()
}

/// Until SIGINT, or SIGTERM where there is one.
async fn wait_for_the_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            done = tokio::signal::ctrl_c() => done,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
