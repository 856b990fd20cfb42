//! Notifications, over a real bus of our own. Each test on a bus is one of these run again inside `dbus-run-session`.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::json;
use zbus::blocking::{Connection, connection};
use zbus::zvariant::OwnedValue;

use super::support::open;

/// What a desktop is asked to show.
#[derive(Debug, PartialEq)]
struct Asked {
    program: String,
    title: String,
    text: String,
    actions: Vec<String>,
}

/// The service of notifications of a desktop.
struct Service {
    heard: Sender<Asked>,
    /// It takes what it is asked and never answers.
    hangs: bool,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, reason = "the desktop's standard has them")]
    async fn notify(
        &self,
        program: String,
        replaces: u32,
        icon: String,
        title: String,
        text: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        expires: i32,
    ) -> u32 {
        // What the desktop may do with these is its own matter.
        let _ = (replaces, icon, hints, expires);
        let asked = Asked {
            program,
            title,
            text,
            actions,
        };
        self.heard.send(asked).unwrap();
        if self.hangs {
            std::future::pending::<()>().await;
        }
        1
    }
}

fn serve(hangs: bool) -> (Connection, Receiver<Asked>) {
    let (heard, asked) = channel();
    let connection = connection::Builder::session()
        .unwrap()
        .name("org.freedesktop.Notifications")
        .unwrap()
        .serve_at("/org/freedesktop/Notifications", Service { heard, hangs })
        .unwrap()
        .build()
        .unwrap();
    (connection, asked)
}

/// Runs a test of this file on a bus of its own, that starts nothing by itself.
fn on_a_bus(test: &str) {
    let config =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/harness/bus-without-services.conf");
    let ran = Command::new("dbus-run-session")
        .arg("--config-file")
        .arg(config)
        .arg("--")
        .arg(env::current_exe().unwrap())
        .args([&format!("tests::notify::{test}"), "--exact", "--ignored"])
        .output();
    let Ok(ran) = ran else {
        println!("left out: there is no dbus-run-session here");
        return;
    };
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

#[test]
fn a_notification_reaches_the_desktop_as_the_window_words_it() {
    on_a_bus("on_a_bus_it_is_shown");
}

#[test]
#[ignore = "runs on a bus of its own, by the test above"]
fn on_a_bus_it_is_shown() {
    let (_service, asked) = serve(false);
    let window = open();
    let words = json!({ "title": "LIVE · Kehrä & Käpy", "text": "Erä 12 on valmis: <2 & 3>" });
    window.ask("notify", words);
    let expected = Asked {
        program: "Hyvitys".to_owned(),
        title: "LIVE · Kehrä & Käpy".to_owned(),
        // Desktops read marks in the text, never in the title.
        text: "Erä 12 on valmis: &lt;2 &amp; 3&gt;".to_owned(),
        actions: Vec::new(),
    };
    assert_eq!(asked.recv().unwrap(), expected);
}

#[test]
fn a_desktop_that_never_answers_holds_up_nothing() {
    on_a_bus("on_a_bus_a_service_hangs");
}

#[test]
#[ignore = "runs on a bus of its own, by the test above"]
fn on_a_bus_a_service_hangs() {
    let (_service, asked) = serve(true);
    let window = open();
    window.ask("notify", json!({ "title": "LIVE", "text": "Erä 12" }));
    assert_eq!(asked.recv().unwrap().title, "LIVE");
}

#[test]
fn a_desktop_that_shows_none_changes_nothing() {
    on_a_bus("on_a_bus_nobody_serves");
}

#[test]
#[ignore = "runs on a bus of its own, by the test above"]
fn on_a_bus_nobody_serves() {
    open().ask("notify", json!({ "title": "LIVE", "text": "Erä 12" }));
}

#[test]
fn a_notification_as_long_as_a_letter_is_refused() {
    let letter = json!({ "title": "LIVE", "text": "a".repeat(600) });
    let error = open().call("notify", letter).unwrap_err();
    assert_eq!(error["code"], "badInput");
}
