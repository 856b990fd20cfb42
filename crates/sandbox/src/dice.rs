//! Chance that can be repeated: every decision of the sandbox is a hash of its seed and of what is
//! decided about, so that a failed test finds the same fault at the same request again.

use std::fmt::Display;

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The chance of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice {
    seed: u64,
}

impl Dice {
    /// The dice of a seed: the same seed throws the same.
    pub const fn new(seed: u64) -> Dice {
        Dice { seed }
    }

    /// A number from 0 up to, but without, 1; always the same for the same question.
    pub fn share(self, question: &str, about: &[&dyn Display]) -> f64 {
        let hash = self.hash(question, about);
        f64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) / 4_294_967_296.0
    }

    /// An id that is always the same for the same question.
    pub fn uuid(self, question: &str, about: &[&dyn Display]) -> Uuid {
        let hash = self.hash(question, about);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A stream of numbers for a longer story, such as the seeded history.
    pub fn stream(self, question: &str) -> Stream {
        let hash = self.hash(question, &[]);
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash[..8]);
        Stream(u64::from_be_bytes(bytes))
    }

    fn hash(self, question: &str, about: &[&dyn Display]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.seed.to_be_bytes());
        hasher.update(question.as_bytes());
        for part in about {
            // A separator that no part contains keeps "a"+"bc" and "ab"+"c" apart.
            hasher.update(b"\n");
            hasher.update(part.to_string().as_bytes());
        }
        hasher.finalize().into()
    }
}

/// A small generator (the published steps of `SplitMix64`). It is written here, and not taken from a
/// library, because libraries may change their numbers between versions and with them the history.
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The next 64 bits.
    pub fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, but without, `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: u32) -> u32 {
        let scaled = (self.next_bits() >> 32) * u64::from(end);
        u32::try_from(scaled >> 32).unwrap_or(0)
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last.saturating_sub(first).saturating_add(1))
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, by their weights; the last one where the weights are empty of sense.
    pub fn weighted<T: Copy>(&mut self, choices: &[(T, u32)]) -> Option<T> {
        let total = choices.iter().map(|(_, weight)| weight).sum();
        let mut at = self.below(total);
        for (choice, weight) in choices {
            if at < *weight {
                return Some(*choice);
            }
            at -= weight;
        }
        choices.last().map(|(choice, _)| *choice)
    }

    /// One of `choices`, each as likely as the others.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let end = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        choices
            .get(usize::try_from(self.below(end)).unwrap_or(0))
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer_and_another_question_another() {
        let dice = Dice::new(1);
        assert_eq!(
            dice.uuid("payment", &[&7]),
            Dice::new(1).uuid("payment", &[&7])
        );
        assert_ne!(dice.uuid("payment", &[&7]), dice.uuid("payment", &[&8]));
        assert_ne!(
            dice.uuid("payment", &[&7]),
            Dice::new(2).uuid("payment", &[&7])
        );
        assert_ne!(
            dice.uuid("x", &[&"a", &"bc"]),
            dice.uuid("x", &[&"ab", &"c"])
        );
    }

    #[test]
    fn shares_lie_evenly_between_zero_and_one() {
        let dice = Dice::new(3);
        let low = (0..2_000)
            .filter(|n| dice.share("even", &[n]) < 0.25)
            .count();
        assert!((400..600).contains(&low), "{low} of 2000 below a quarter");
        let mut stream = dice.stream("even");
        assert!((0..1_000).all(|_| (3..=5).contains(&stream.between(3, 5))));
    }
}
