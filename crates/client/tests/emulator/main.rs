//! The client against an emulator that shares no code with it.

// Lints treat what is marked so as tests; in a test's own file they take only its test functions for that.
#![cfg(test)]

mod bench;
mod collection;
mod credentials;
mod foreign;
mod secrecy;
mod tls;
