//! The `mde-forensics` command, as a library so that other packages can carry it.
//!
//! Results go to standard output, as text or with `--json` as one JSON document; progress, warnings and errors go to
//! standard error. With what it ends is an [`Exit`]:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | all that was asked for was done; `collect` and `resume`: every device was collected |
//! | 1 | not all of it was done, or a package needs a look; the report says which and why |
//! | 2 | the command cannot be carried out as it was given |
//! | 3 | not authorised: no sign-in, no token, or a permission is missing; nothing was collected |
//! | 4 | the evidence is damaged, could not be verified, or is not what its manifest says |
//! | 5 | the output folder or a file in it cannot be used |
//! | 130 | interrupted (SIGINT); everything can be resumed |
//! | 143 | terminated (SIGTERM); everything can be resumed |

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
mod unread;
