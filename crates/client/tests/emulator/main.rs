//! The client against an emulator that shares no code with it.

// Marked as tests, as lints treat these modules otherwise than a test's own file.
#[cfg(test)]
#![cfg(test)]

mod bench;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod secrecy;
#[cfg(test)]
mod tls;
