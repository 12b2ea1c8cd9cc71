//! The emulator over real loopback connections.

mod path;
mod support;
