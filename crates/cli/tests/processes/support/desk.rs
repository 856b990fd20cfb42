//! A person with the command line: a home folder of their own, no keychain, the secret in the
//! environment.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::{Shop, process};

/// No command of these tests takes nearly as long.
const PATIENCE: Duration = Duration::from_mins(2);

/// A person at a desk.
pub struct Desk {
    home: TempDir,
    secret: Option<String>,
    /// The variables that lead to a keychain, if there is one.
    keychain: Vec<(&'static str, OsString)>,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Ended {
    /// The JSON document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// Panics unless the exit code is `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

impl Desk {
    /// A new desk that knows this secret.
    pub fn new(secret: &str) -> Desk {
        Desk {
            home: TempDir::new().unwrap(),
            secret: Some(secret.to_owned()),
            keychain: Vec::new(),
        }
    }

    /// A new desk with the session's keychain and no secret in the environment; none where the tests
    /// were not given a keychain of their own.
    pub fn with_keychain() -> Option<Desk> {
        std::env::var_os("HYVITYS_TEST_KEYRING")?;
        let names = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];
        let keychain = names
            .into_iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)));
        Some(Desk {
            keychain: keychain.collect(),
            ..Desk::new("").without_secret()
        })
    }

    /// A new desk with the test shop's account, and with the given payments imported by their ids.
    pub fn at(shop: &Shop, payments: &[Value]) -> Desk {
        let desk = Desk::new(super::TEST_SECRET);
        desk.add(shop).expect(0);
        desk.import_ids(payments);
        desk
    }

    /// The same desk without a secret in the environment.
    pub fn without_secret(mut self) -> Desk {
        self.secret = None;
        self
    }

    /// `account add` for a shop.
    pub fn add(&self, shop: &Shop) -> Ended {
        let url = shop.url();
        self.run(&[
            "account",
            "add",
            "--name",
            "Kauppa",
            "--merchant",
            "375917",
            "--api",
            &url,
        ])
    }

    /// Imports payments by their transaction ids.
    pub fn import_ids(&self, payments: &[Value]) {
        let ids: Vec<&str> = payments
            .iter()
            .map(|payment| super::text(payment, "transactionId"))
            .collect();
        let file = self.file("ids.txt", ids.join("\n").as_bytes());
        self.run(&["import", &file, "--yes"]).expect(0);
    }

    /// The home folder: everything that the program writes is below it.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Puts a file on the desk; gives its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        let folder = self.home.path().join("files");
        fs::create_dir_all(&folder).unwrap();
        let path: PathBuf = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The command, not started yet. It sees this home and nothing else of the machine's sessions.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let home = self.home.path();
        let mut command = Command::new(process::CLI);
        command
            .env_clear()
            .env("HOME", home)
            .env("USER", "aino")
            .env("PATH", "/usr/bin:/bin");
        for (name, folder) in [
            ("XDG_DATA_HOME", "share"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ] {
            command.env(name, home.join(folder));
        }
        if let Some(secret) = &self.secret {
            command.env("HYVITYS_MERCHANT_SECRET", secret);
        }
        command.envs(self.keychain.iter().cloned());
        command.arg("--data").arg(home.join("data")).args(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts a command.
    pub fn start(&self, arguments: &[&str]) -> Started {
        Started::from(
            self.command(arguments)
                .spawn()
                .expect("the command line starts"),
        )
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    /// Runs a command to its end with this on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("the command line starts");
        // A program that never reads its input closes it; that is its choice.
        let _ = child.stdin.take().unwrap().write_all(input);
        Started::from(child).end()
    }

    /// Runs a command with `--json` that ends well; gives its document.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat())
            .expect(0)
            .json()
    }

    /// All operations.
    pub fn operations(&self) -> Vec<Value> {
        match self.json(&["operations"])["operations"].take() {
            Value::Array(all) => all,
            other => panic!("operations are no list: {other}"),
        }
    }

    /// The only operation of a payment.
    #[track_caller]
    pub fn operation_of(&self, id: &str) -> Value {
        let mut all = self.operations();
        all.retain(|operation| operation["transactionId"] == id);
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }
}

/// A command that runs.
pub struct Started {
    child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

impl From<Child> for Started {
    fn from(mut child: Child) -> Started {
        let stdout = reader(child.stdout.take().unwrap());
        let stderr = reader(child.stderr.take().unwrap());
        Started {
            child,
            stdout,
            stderr,
        }
    }
}

impl Started {
    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL, and what it had said by then.
    pub fn kill(mut self) -> Ended {
        // It may have ended a moment before.
        let _ = self.child.kill();
        self.end()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let started = Instant::now();
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("the command line hangs");
            }
            thread::sleep(Duration::from_millis(5));
        };
        Ended {
            code: status.code(),
            stdout: self.stdout.join().unwrap(),
            stderr: self.stderr.join().unwrap(),
        }
    }
}

fn reader(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).expect("what is printed is UTF-8")
    })
}
