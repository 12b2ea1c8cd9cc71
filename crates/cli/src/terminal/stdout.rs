//! Results go to standard output.

use std::io::{self, ErrorKind, Write};

use crate::exit::Exit;
use crate::failure::Failure;

/// Prints the text and a line break.
///
/// That nobody reads it any more (`mde-forensics … | head`) is no error; a full disk is one.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let message = format!("cannot write the result to standard output: {error}");
            Err(Failure::new(Exit::Output, message))
        }
        _ => Ok(()),
    }
}
