//! How packages are read: the password and the budgets.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use mde_forensics_package::{Budgets, Password};

use crate::evidence::unreadable;
use crate::failure::Failure;
use crate::input;

/// How packages are read: the password and the budgets.
#[derive(Args, Debug)]
#[command(next_help_heading = "Evidence")]
pub(crate) struct EvidenceArguments {
    /// Password of a package that was zipped again with encryption (`ZipCrypto` or AES).
    ///
    /// Other users of this machine can read the command line. To avoid that, use `--password-file` or the variable
    /// `MDE_EVIDENCE_PASSWORD`, which applies if neither option is given.
    #[arg(
        long,
        value_name = "TEXT",
        value_parser = OsStringValueParser::new().try_map(Secret::parse),
        conflicts_with = "password_file"
    )]
    password: Option<Secret>,
    /// Read the password from the first line of this file; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Set how much a package may cost to read, such as `total-bytes=200GiB`; repeatable.
    ///
    /// Results that exceed a budget are marked as partial. Budgets: entries, total-bytes, held-bytes, ratio,
    /// ratio-from-bytes, package-ratio-from-bytes, depth, line-bytes, row-ratio, table-rows, table-bytes, timeline-bytes.
    #[arg(long = "budget", value_name = "NAME=NUMBER", value_parser = parse)]
    budgets: Vec<Change>,
}

/// A password from the command line or the environment; it is never printed.
#[derive(Clone)]
struct Secret(Password);

impl Secret {
    fn parse(text: OsString) -> Result<Self, &'static str> {
        let is_empty = text.is_empty();
        let secret = Self(Password::new(text.into_encoded_bytes()));
        if is_empty { Err("the password is empty") } else { Ok(secret) }
    }

    /// The password in the environment, unless it is empty. Not read by clap, since `--password-file` must win over it.
    fn of_environment() -> Option<Self> {
        env::var_os(VARIABLE).and_then(|text| Self::parse(text).ok())
    }
}

const VARIABLE: &str = "MDE_EVIDENCE_PASSWORD";

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How packages are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    pub(crate) budgets: Budgets,
    pub(crate) password: Option<Password>,
}

impl EvidenceArguments {
    /// Whether the password is read from standard input, which can then provide nothing else.
    pub(crate) fn reads_standard_input(&self) -> bool {
        self.password_file.as_deref().is_some_and(input::is_standard)
    }

    /// Reads the password file, if there is one.
    pub(crate) fn access(&self) -> Result<Access, Failure> {
        let password = match (&self.password_file, &self.password) {
            (Some(file), _) => {
                // Room for CRLF.
                let bytes =
                    input::begin(file, MOST + 2).map_err(|error| unreadable(file, &error))?;
                let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.is_empty() {
                    let message = format!("`{}` contains no password", file.display());
                    return Err(Failure::usage(message).with_hint(FIRST_LINE));
                }
                if line.len() as u64 > MOST {
                    let what = format!("longer than {} KiB", MOST >> 10);
                    let message = format!("the password in `{}` is {what}", file.display());
                    return Err(Failure::usage(message).with_hint(FIRST_LINE));
                }
                Some(Password::new(line))
            }
            (None, Some(secret)) => Some(secret.0.clone()),
            (None, None) => Secret::of_environment().map(|secret| secret.0),
        };
        let change = |budgets, change: &Change| (change.apply)(budgets, change.number);
        let budgets = self.budgets.iter().fold(Budgets::default(), change);
        Ok(Access { budgets, password })
    }
}

/// Maximum length of a password in bytes; bounds what is read from an endless device.
const MOST: u64 = 4 << 10;
const FIRST_LINE: &str = "put the password on the first line of the file";

/// A budget that differs from its default.
#[derive(Clone, Copy, Debug)]
struct Change {
    apply: Apply,
    number: u64,
}

type Apply = fn(Budgets, u64) -> Budgets;

fn parse(text: &str) -> Result<Change, String> {
    let (name, number) = text.split_once('=').ok_or("expected NAME=NUMBER")?;
    let number = number.trim();
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = number.split_at_checked(digits).unwrap_or((number, ""));
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        _ => return Err(NUMBER.to_owned()),
    };
    let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    let number = number.ok_or(NUMBER)?;
    let name = name.trim();
    let Some((_, apply)) = BUDGETS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = BUDGETS.iter().map(|(known, _)| *known).collect();
        return Err(format!("unknown budget `{name}`: use one of {}", known.join(", ")));
    };
    Ok(Change { apply: *apply, number })
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

const NUMBER: &str = "expected a whole number, optionally with KiB, MiB or GiB";
const BUDGETS: &[(&str, Apply)] = &[
    ("entries", |budgets, number| budgets.with_entries(narrow(number))),
    ("total-bytes", Budgets::with_total_bytes),
    ("held-bytes", Budgets::with_held_bytes),
    ("ratio", Budgets::with_ratio),
    ("ratio-from-bytes", Budgets::with_ratio_from_bytes),
    ("package-ratio-from-bytes", Budgets::with_package_ratio_from_bytes),
    ("depth", |budgets, number| budgets.with_depth(narrow(number))),
    ("line-bytes", Budgets::with_line_bytes),
    ("row-ratio", Budgets::with_row_ratio),
    ("table-rows", Budgets::with_table_rows),
    ("table-bytes", Budgets::with_table_bytes),
    ("timeline-bytes", Budgets::with_timeline_bytes),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_numbers_with_units() {
        let budgets = |text: &str| {
            let change = parse(text).unwrap();
            (change.apply)(Budgets::default(), change.number)
        };
        assert_eq!(budgets("total-bytes=200GiB").total_bytes, 200 << 30);
        assert_eq!(budgets("entries=100000").entries, 100_000);
        assert_eq!(budgets("held-bytes = 3 m").held_bytes, 3 << 20);
        for wrong in
            ["ratio", "ratio=", "ratio=x", "ratio=1TB", "rows=1", "ratio=99999999999999999999"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
