//! Sockets: listeners, connections that can be broken on purpose, TLS.

pub(crate) mod listener;
mod socket;
pub(crate) mod tls;

pub(crate) use socket::Wire;
