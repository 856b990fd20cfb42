//! Row 8: a thousand refunds at once against a server that answers in 100 ms, each with its durable commits.
//! Prints goal and measured and never fails, since machines differ.
//!
//! The server is a process of its own, so that its work is not counted as ours. Beside it, in the same run, the
//! same thousand refunds are asked for by a plain client of Node that keeps nothing.

#![expect(clippy::print_stdout, reason = "a bench is there to print")]

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyvitys_backoffice::accounts::NewShop;
use hyvitys_backoffice::bulk::{BatchConfirmation, BatchOptions, BatchSource};
use hyvitys_backoffice::clock::{Clock, SystemChance, SystemClock};
use hyvitys_backoffice::service::{Backoffice, Parts};
use hyvitys_backoffice::setup::KeychainKeys;
use hyvitys_domain::{
    AccountId, BatchLineState, Money, OperationKind, Provider, TransactionId, WireTime,
};
use hyvitys_paytrail::{HttpRequest, Method, ReqwestTransport, Transport, TransportOptions};
use hyvitys_sandbox::{Options, Sandbox, TEST_SECRET};
use hyvitys_secrets::{MemoryKeychain, SecretText};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};

/// What a bench may end with; nothing is handled, a broken bench shall say so.
type Outcome<T> = Result<T, Box<dyn Error>>;

const REFUNDS: u32 = 1_000;
const AT_ONCE: u32 = 32;
const LATENCY: Duration = Duration::from_millis(100);
/// So many payments that enough of them can be refunded.
const HISTORY: usize = 3_000;

fn main() -> Outcome<()> {
    // `cargo test --benches` runs this program, too: there is nothing to test in it.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    if std::env::args().any(|argument| argument == "--serve") {
        return runtime.block_on(serve());
    }
    println!("{:<62} {:>12} {:>12}", "what", "goal", "measured");
    let least = LATENCY * REFUNDS / AT_ONCE;
    let (ours, our_cpu) = runtime.block_on(refund_all())?;
    line(
        "8  1 000 refunds, 32 at once : latency alone",
        "<= 1.10",
        &format!("{:.2}", ours.as_secs_f64() / least.as_secs_f64()),
    );
    line(
        "   (all refunds, latency alone)",
        "",
        &format!("{ours:.0?} {least:.0?}"),
    );
    let per_refund = our_cpu / REFUNDS;
    line(
        "   processor time of one refund",
        "",
        &format!("{per_refund:.0?}"),
    );
    match node_client()? {
        Some((_, cpu)) => line(
            "8  processor time : a client of Node that keeps nothing",
            "<= 0.125",
            &format!("{:.2}", our_cpu.as_secs_f64() / cpu.as_secs_f64()),
        ),
        None => println!("   (no Node here to compare with)"),
    }
    Ok(())
}

fn line(what: &str, goal: &str, measured: &str) {
    println!("{what:<62} {goal:>12} {measured:>12}");
}

/// The server's process: says where it is, and ends when nobody reads from it any more.
async fn serve() -> Outcome<()> {
    let options = Options {
        payments: HISTORY,
        latency: LATENCY,
        ..Options::test_merchant()?
    };
    let running = Sandbox::start(options).await?;
    println!("{}", running.url());
    let mut nothing = String::new();
    std::io::stdin().read_line(&mut nothing)?;
    running.stop().await;
    Ok(())
}

/// A server of its own, ended when it is dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start() -> Outcome<Server> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take().ok_or("the server says nothing")?;
        let mut url = String::new();
        BufReader::new(said).read_line(&mut url)?;
        Ok(Server {
            child,
            url: url.trim().to_owned(),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// Refunds a thousand payments as one batch; gives how long that took, and the processor's time.
async fn refund_all() -> Outcome<(Duration, Duration)> {
    let server = Server::start()?;
    let dir = tempfile::tempdir()?;
    let (office, account, ids) = shop(&server, dir.path()).await?;
    let plan = office
        .plan_batch(
            account,
            OperationKind::Refund,
            BatchSource::Payments(ids),
            BatchOptions::default(),
        )
        .await?;
    let sends = plan.sends();
    let confirmation = BatchConfirmation {
        digest: plan.digest.clone(),
        count: sends.count,
        sum: sends.sum,
        typed: None,
        intent: office.new_intent(),
        refund_reason: None,
        note: None,
        concurrency: Some(AT_ONCE),
    };
    let confirmed = office.confirm_batch(&plan, confirmation).await?;
    let (start, cpu) = (Instant::now(), processor_time()?);
    let batch = office.run_batch(confirmed.batch.id, || {}).await?;
    let (took, cpu) = (start.elapsed(), processor_time()?.saturating_sub(cpu));
    let taken = batch.count(BatchLineState::Done) + batch.count(BatchLineState::Accepted);
    if taken != u64::from(REFUNDS) {
        return Err(format!("only {taken} of {REFUNDS} were refunded: {batch:?}").into());
    }
    Ok((took, cpu))
}

/// A program with the server's history, and a thousand of its payments, just looked at.
async fn shop(server: &Server, dir: &Path) -> Outcome<(Backoffice, AccountId, Vec<TransactionId>)> {
    let transport = Arc::new(ReqwestTransport::new(&TransportOptions::default())?);
    let keychain = Arc::new(MemoryKeychain::new());
    let office = Backoffice::open(Parts {
        data_dir: dir.join("data"),
        heads_dir: dir.join("heads"),
        os_user: "maija".to_owned(),
        seal: None,
        keys: Arc::new(KeychainKeys::new(keychain, None)),
        transport: transport.clone(),
        clock: Arc::new(SystemClock::new()),
        chance: Arc::new(SystemChance),
    })?;
    let added = office
        .add_account(NewShop {
            name: "demo".to_owned(),
            merchant: "375917".parse()?,
            origin: server.url.parse()?,
            callback_url: None,
            secret: Some(SecretText::new(TEST_SECRET.to_owned())),
        })
        .await?;
    let account = added.account.id;
    let history: History = serde_json::from_slice(&history(&transport, server).await?)?;
    let now = SystemClock::new().now().at;
    let fits = |payment: &&Known| {
        payment.status == "ok"
            && payment.provider.as_deref() == Some("klarna")
            && payment.refunded == 0
    };
    let known = history.payments.iter().filter(fits);
    let known: Vec<_> = known.take(usize::try_from(REFUNDS)?).collect();
    let facts = known.iter().map(|payment| {
        Ok(PaymentFacts {
            transaction_id: Some(payment.transaction_id),
            stamp: payment.stamp.clone(),
            reference: payment.reference.clone(),
            status: Some("ok".into()),
            provider: Provider::new("klarna"),
            amount: Some(Money::from_cents(payment.amount)),
            created: Some(Created {
                time: WireTime::parse(&payment.created_at)?,
                precision: Precision::Exact,
            }),
            ..PaymentFacts::new(Source::Signed, now)
        })
    });
    let facts = facts.collect::<Outcome<Vec<_>>>()?;
    let kept = office
        .store()
        .write(move |tx| tx.apply(account, &facts).map(drop));
    kept.await?;
    let ids = known.iter().map(|payment| payment.transaction_id).collect();
    Ok((office, account, ids))
}

/// What the server has.
#[derive(serde::Deserialize)]
struct History {
    payments: Vec<Known>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    transaction_id: TransactionId,
    stamp: Option<String>,
    reference: Option<String>,
    status: String,
    provider: Option<String>,
    amount: i64,
    refunded: i64,
    created_at: String,
}

async fn history(transport: &ReqwestTransport, server: &Server) -> Outcome<Vec<u8>> {
    let request = HttpRequest {
        method: Method::Get,
        url: format!("{}/_sandbox/payments", server.url),
        headers: Vec::new(),
        body: Vec::new(),
        may_write: None,
    };
    Ok(transport.send(request).await?.body)
}

/// How long the processor has worked for this process: user and system.
fn processor_time() -> Outcome<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .collect();
    let ticks = |index: usize| -> Outcome<u64> {
        Ok(fields
            .get(index)
            .ok_or("a short /proc/self/stat")?
            .parse()?)
    };
    // A tick is 10 ms, on every Linux that says so to programs.
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

/// The same refunds by a plain client; how long they took, and the processor's time.
fn node_client() -> Outcome<Option<(Duration, Duration)>> {
    let server = Server::start()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bulk/client.mjs");
    let asked = Command::new("node")
        .arg(script)
        .args([&server.url, TEST_SECRET])
        .args([REFUNDS.to_string(), AT_ONCE.to_string()])
        .output();
    let Ok(answer) = asked else {
        return Ok(None);
    };
    let text = String::from_utf8(answer.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(wall)), Some(Ok(cpu))) => Ok(Some((
            Duration::from_secs_f64(wall / 1_000.0),
            Duration::from_secs_f64(cpu / 1_000.0),
        ))),
        _ => Err(format!(
            "the client of Node broke: {text} {}",
            String::from_utf8_lossy(&answer.stderr)
        )
        .into()),
    }
}
