//! The sandbox as its clients meet it: over a socket, with signed requests.
//!
//! - `client`: a raw HTTP client that shows what is on the wire, and signs as Paytrail's clients do
//! - `calls`: the calls of the Payment API, good ones and refused ones
//! - `faults`: each fault, as it looks on the wire, and what it left in the books
//! - `controls`: clock, balance, reports, callbacks, the payment page
//! - `restart`: the state file, also under SIGKILL
//!
//! The modules say `cfg(test)`, which they always are, so that the lints know their helpers for tests.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod client;
#[cfg(test)]
mod controls;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod restart;
