//! A sandbox in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{http, process, text};

/// A running sandbox; it ends when it is dropped.
pub struct Shop {
    child: Child,
    addr: SocketAddr,
}

impl Shop {
    /// A shop with the published test secret on a clock that stands until it is moved.
    pub fn open(options: &[&str]) -> Shop {
        Shop::with_secret(super::TEST_SECRET, options)
    }

    /// A shop with this secret, which goes in through standard input.
    pub fn with_secret(secret: &str, options: &[&str]) -> Shop {
        let mut child = Command::new(process::sandbox())
            .args([
                "--listen",
                "127.0.0.1:0",
                "--clock",
                "manual",
                "--secret-stdin",
            ])
            .args(options)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        writeln!(child.stdin.take().unwrap(), "{secret}").unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let addr = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let addr = addr.and_then(|addr| addr.parse().ok());
        let addr = addr.unwrap_or_else(|| panic!("the sandbox said '{line}'"));
        Shop { child, addr }
    }

    /// The address of its API.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// A control's answer as it came.
    pub fn raw(&self, path: &str) -> Vec<u8> {
        http::ask(self.addr, "GET", &format!("/_sandbox/{path}"), "")
    }

    /// A control's answer.
    pub fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.raw(path)).expect("controls answer JSON")
    }

    /// Moves a control.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        let answer = http::ask(
            self.addr,
            "POST",
            &format!("/_sandbox/{path}"),
            &body.to_string(),
        );
        serde_json::from_slice(&answer).expect("controls answer JSON")
    }

    /// Lets time pass there.
    pub fn advance(&self, by: &str) {
        self.post("clock", &json!({ "advance": by }));
    }

    /// Sets the faults, all of them.
    pub fn faults(&self, faults: &Value) {
        self.post("faults", faults);
    }

    /// All payments in its books.
    pub fn payments(&self) -> Vec<Value> {
        list(self.get("payments"), "payments")
    }

    /// The payments in its books that `wanted` picks.
    pub fn payments_that(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        self.payments().into_iter().filter(wanted).collect()
    }

    /// Klarna payments that are paid, have at least `cents`, and of which no refund was ever tried.
    pub fn untouched(&self, cents: i64) -> Vec<Value> {
        let refunds = self.refunds_that(|_| true);
        self.payments_that(|payment| {
            payment["status"] == "ok"
                && payment["provider"] == "klarna"
                && payment["amount"].as_i64() >= Some(cents)
                && refunds
                    .iter()
                    .all(|refund| refund["paymentId"] != payment["transactionId"])
        })
    }

    /// Klarna's manual invoices whose holds are open.
    pub fn open_invoices(&self) -> Vec<Value> {
        self.payments_that(|payment| {
            payment["openHold"] == true
                && payment["manualInvoice"] == true
                && payment["provider"] == "klarna"
        })
    }

    /// One payment in its books.
    pub fn payment(&self, id: &str) -> Value {
        self.payments_that(|payment| payment["transactionId"] == id)
            .remove(0)
    }

    /// The refunds in its books that `wanted` picks.
    pub fn refunds_that(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        list(self.get("refunds"), "refunds")
            .into_iter()
            .filter(wanted)
            .collect()
    }

    /// The refunds of one payment in its books. Their order says nothing: its clock stands.
    pub fn refunds_of(&self, id: &str) -> Vec<Value> {
        self.refunds_that(|refund| refund["paymentId"] == id)
    }

    /// The one refund with this stamp in its books.
    #[track_caller]
    pub fn refund_with(&self, stamp: &Value) -> Value {
        let mut all = self.refunds_that(|refund| refund["refundStamp"] == *stamp);
        assert_eq!(all.len(), 1, "refunds with the stamp {stamp}");
        all.remove(0)
    }

    /// How many requests whose path ends so have come.
    pub fn requests(&self, end: &str) -> usize {
        let all = list(self.get("requests"), "requests");
        all.iter()
            .filter(|request| text(request, "path").ends_with(end))
            .count()
    }

    /// The signed URLs of all callbacks, one in each line.
    pub fn callback_urls(&self) -> String {
        let all = list(self.get("callbacks"), "callbacks");
        let urls: Vec<&str> = all.iter().map(|callback| text(callback, "url")).collect();
        urls.join("\n")
    }
}

fn list(mut answer: Value, name: &str) -> Vec<Value> {
    match answer[name].take() {
        Value::Array(all) => all,
        other => panic!("{name} is no list: {other}"),
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
