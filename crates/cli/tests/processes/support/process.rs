//! Where the programs are, and making sure that they are there and new.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The command line that is tested.
pub const CLI: &str = env!("CARGO_BIN_EXE_hyvitys-cli");

/// The program `hyvitys-sandbox`, built beside the command line.
///
/// Cargo builds the programs of the package that is tested, not those of its neighbours. So it is
/// built here where it is missing or older than its sources.
pub fn sandbox() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(CLI)
            .parent()
            .expect("a program stands in a folder");
        let program = folder.join(format!("hyvitys-sandbox{}", std::env::consts::EXE_SUFFIX));
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("the crates stand in a folder");
        let newest = ["sandbox", "paytrail", "domain"]
            .iter()
            .map(|name| newest(&sources.join(name).join("src")))
            .max();
        let built = fs::metadata(&program).and_then(|file| file.modified()).ok();
        if built < newest.flatten() {
            build(folder);
        }
        program
    })
}

fn build(folder: &Path) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "build",
        "--quiet",
        "-p",
        "hyvitys-sandbox",
        "--bin",
        "hyvitys-sandbox",
    ]);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let target = folder
        .parent()
        .expect("a profile stands in the target folder");
    let built = cargo
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "hyvitys-sandbox could not be built"
    );
}

/// When the newest file under a folder was changed.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            if about.is_dir() {
                newest(&entry.path())
            } else {
                about.modified().ok()
            }
        })
        .max()
}
