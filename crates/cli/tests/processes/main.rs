//! `hyvitys-cli` against `hyvitys-sandbox`, as two programs.
//!
//! Everything is checked from outside: exit codes, what is printed, and the sandbox's own books, which
//! are the truth about who was paid. `support` starts and ends the programs.
//!
//! The modules say `cfg(test)`, which they always are, so that the lints know their helpers for tests.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod bulk_killed;
mod command_line;
#[cfg(test)]
mod holds;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod lost_answers;
#[cfg(test)]
mod new_payments;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod walk;
