//! A value that can be used, and is neither shown nor left behind.

use std::fmt;

use zeroize::Zeroize;

/// A secret. `Debug` and `Display` show nothing of it, not even its length; its memory is wiped when
/// it is dropped. (Copies that the allocator or the other side of a call made are out of reach.)
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

/// A secret text, such as a merchant secret.
pub type SecretText = Secret<String>;

impl<T: Zeroize> Secret<T> {
    /// Takes `value` into custody.
    pub fn new(value: T) -> Secret<T> {
        Secret(value)
    }

    /// The value itself, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> SecretText {
        Secret(text)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let secret = SecretText::new("SAIPPUAKAUPPIAS".to_owned());
        let shown = format!("{secret} {secret:?} {:?}", Some(&secret));
        assert_eq!(shown, "… Secret(…) Some(Secret(…))");
        assert_eq!(secret.expose(), "SAIPPUAKAUPPIAS");
    }

    #[test]
    fn a_dropped_secret_is_wiped() {
        struct Witness(Arc<AtomicBool>);
        impl Zeroize for Witness {
            fn zeroize(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let wiped = Arc::new(AtomicBool::new(false));
        drop(Secret::new(Witness(Arc::clone(&wiped))));
        assert!(wiped.load(Ordering::SeqCst));
    }
}
