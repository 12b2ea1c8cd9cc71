//! The records of a zip archive, as APPNOTE.TXT 6.3.10 (PKWARE) lays them out.

pub(crate) mod central;
pub(crate) mod cipher;
pub(crate) mod end;
mod extra;
mod fields;
mod layout;
pub(crate) mod local;

pub(crate) use layout::check as check_layout;
