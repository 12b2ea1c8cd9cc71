//! Results on standard output.

use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Write};

use mde_forensics_package::safe::for_json;

use super::escape::visible;
use crate::exit::Exit;
use crate::failure::Failure;

/// Prints text or JSON and a line break, with everything escaped that a terminal would interpret.
///
/// A closed pipe (`mde-forensics … | head`) is not an error; a full disk is.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", for_json(text)).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let message = format!("cannot write the result to standard output: {error}");
            Err(Failure::new(Exit::Output, message))
        }
        _ => Ok(()),
    }
}

/// Standard output for untrusted text: unchanged for a pipe or file, escaped for a terminal.
pub(crate) fn lines() -> Lines<io::Stdout> {
    let out = io::stdout();
    Lines { is_shown: out.is_terminal(), out: BufWriter::new(out), part: Vec::new() }
}

/// Writes text; for a terminal, line by line and escaped.
#[derive(Debug)]
pub(crate) struct Lines<W: Write> {
    is_shown: bool,
    out: BufWriter<W>,
    /// The start of an unfinished line.
    part: Vec<u8>,
}

impl<W: Write> Lines<W> {
    fn show(&mut self, end: &[u8]) -> io::Result<()> {
        let text = visible(&String::from_utf8_lossy(&self.part));
        self.part.clear();
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(end)
    }
}

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_shown {
            return self.out.write(bytes);
        }
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (own, is_whole) = line.strip_suffix(b"\n").map_or((line, false), |own| (own, true));
            self.part.extend(own);
            if is_whole {
                let is_windows = self.part.pop_if(|byte| *byte == b'\r').is_some();
                self.show(if is_windows { b"\r\n" } else { b"\n" })?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.part.is_empty() {
            self.show(b"")?;
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_nothing_that_it_would_obey() {
        for (is_shown, expected) in [
            (true, "a\\u{1b}[2J\\r,\\u{202e}é\tb\r\n\\u{7}\nend"),
            (false, "a\u{1b}[2J\r,\u{202e}é\tb\r\n\u{7}\nend"),
        ] {
            let mut out = Vec::new();
            let mut lines = Lines { is_shown, out: BufWriter::new(&mut out), part: Vec::new() };
            // Wherever it is cut.
            for byte in "a\u{1b}[2J\r,\u{202e}é\tb\r\n\u{7}\nend".bytes() {
                lines.write_all(&[byte]).unwrap();
            }
            lines.flush().unwrap();
            drop(lines);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
