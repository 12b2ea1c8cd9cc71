//! The client against an emulator that shares no code with it.

mod bench;
mod credentials;
mod secrecy;
mod tls;
