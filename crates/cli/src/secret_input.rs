//! Reading a merchant secret: typed without an echo, or piped in. Never from an argument, which every
//! process of the machine can read.

use std::io::{self, IsTerminal, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hyvitys_backoffice::{Code, Error};
use hyvitys_secrets::SecretText;
use zeroize::Zeroizing;

/// No merchant secret is nearly as long as this, in bytes; a wrong file is noticed.
const LONGEST: u64 = 1_000;

/// How long a piped secret is waited for where another one is at hand.
const PIPE_WAITS: Duration = Duration::from_secs(2);

/// Reads the secret from standard input: without an echo at a terminal, else all of it. One line
/// break at its end is not part of it.
pub fn read() -> Result<SecretText, Error> {
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password("Merchant secret (it is not shown): ")
            .map(Zeroizing::new)
            .map_err(|error| unreadable(&error))?
    } else {
        all_of_input()?
    };
    checked(&text)
}

/// The secret that is piped in, where another one is at hand: `None` at a terminal, which is not
/// asked, and where nothing at all comes: a program started by another one may have inherited an input
/// that stays open and silent. An empty line is a secret that went wrong on its way, not
/// none.
pub fn piped() -> Result<Option<SecretText>, Error> {
    if io::stdin().is_terminal() {
        return Ok(None);
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::spawn(move || {
        // Where nobody waits any more, the program goes on with the other secret and ends.
        let _ = sender.send(all_of_input());
    });
    match receiver.recv_timeout(PIPE_WAITS) {
        Ok(Ok(text)) if text.is_empty() => Ok(None),
        Ok(text) => checked(&text?).map(Some),
        Err(_) => Ok(None),
    }
}

fn all_of_input() -> Result<Zeroizing<String>, Error> {
    let mut text = Zeroizing::new(String::with_capacity(
        usize::try_from(LONGEST + 1).unwrap_or(0),
    ));
    io::stdin()
        .lock()
        .take(LONGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(&error))?;
    Ok(text)
}

/// The words of the error are the system's; the text that was read is in none of them.
fn unreadable(error: &io::Error) -> Error {
    wrong(&format!("the secret could not be read: {error}"))
}

fn checked(text: &str) -> Result<SecretText, Error> {
    let secret = text.strip_suffix('\n').unwrap_or(text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(wrong("no secret came from standard input"));
    }
    if secret.len() as u64 >= LONGEST || secret.chars().any(char::is_control) {
        return Err(wrong(
            "what came from standard input is not a merchant secret: it is one line",
        ));
    }
    Ok(SecretText::new(secret.to_owned()))
}

fn wrong(message: &str) -> Error {
    Error::new(Code::Secret, message).next(
        "pipe the merchant's secret in, or set HYVITYS_MERCHANT_SECRET where there is no keychain",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_at_the_end_is_not_part_of_the_secret() {
        for text in [
            "SAIPPUAKAUPPIAS",
            "SAIPPUAKAUPPIAS\n",
            "SAIPPUAKAUPPIAS\r\n",
        ] {
            assert_eq!(checked(text).unwrap().expose(), "SAIPPUAKAUPPIAS");
        }
        assert_eq!(checked(" a b \n").unwrap().expose(), " a b ");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        let long = "hush".repeat(300);
        for text in ["", "\n", "hush\nhush\n", long.as_str()] {
            let error = checked(text).unwrap_err();
            assert_eq!(error.code, Code::Secret);
            assert!(!format!("{error:?}").contains("hush"));
        }
    }
}
