//! The emulator over real loopback connections.

#[cfg(test)]
mod access;
#[cfg(test)]
mod actions;
#[cfg(test)]
mod collect;
#[cfg(test)]
mod control;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod download;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod link;
#[cfg(test)]
mod login;
#[cfg(test)]
mod machines;
#[cfg(test)]
mod odata;
#[cfg(test)]
mod path;
#[cfg(test)]
mod quotas;
#[cfg(test)]
mod start;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
