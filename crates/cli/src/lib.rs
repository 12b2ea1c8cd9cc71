//! The `mde-forensics` command, as a library that other packages can embed.
//!
//! Results go to standard output, as text or with `--json` as one JSON document; progress, warnings and errors go to
//! standard error. The exit code is an [`Exit`]:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | success; for `collect` and `resume`, every device got as far as requested |
//! | 1 | incomplete, or a package needs a look; the output says what and why |
//! | 2 | invalid command line, or an input is missing, unreadable or not a package |
//! | 3 | not authorised: the sign-in failed, or a permission is missing |
//! | 4 | a package is damaged or not a zip, cannot be verified, or does not match its manifest |
//! | 5 | the output folder, its ledger or stdout cannot be used, or another run holds the folder |
//! | 130 | interrupted (Ctrl-C); `resume` continues a collection |
//! | 143 | terminated (SIGTERM, or Ctrl-Break on Windows); `resume` continues a collection |
//!
//! For `collect` and `resume`, 3, 4 and 5 mean that every device ended that way; if devices ended differently, the code
//! is 1. Where a command reads several packages, 4 outranks 1.

pub use self::exit::Exit;
pub use self::members::{Extracted, MemberFiles, extract};
pub use self::progress::in_words;
pub use self::run::run;
use mde_forensics::core;

mod action;
mod args;
mod collecting;
mod command;
mod devices;
mod evidence;
mod exit;
mod failure;
mod handles;
mod input;
mod log;
mod members;
mod progress;
mod report;
mod run;
mod signal;
mod terminal;
mod unfinished;
mod unread;
