//! `Autoruns.txt`: output of about 70 calls of `reg.exe QUERY "KEY" /s`, all in one file.

mod started;

use self::started::Starter;
use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
    text::{Piece, Registry},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "autoruns",
    tables: &[&AUTORUNS, &REGISTRY_VALUES, &REGISTRY_KEYS],
    // Microsoft's documentation still says that there is a file for each key.
    takes: |key: &Key| {
        key.file() == "autoruns.txt" || (key.folder() == "autoruns" && key.has_extension("txt"))
    },
    commands: &["hkcu_", "hklm_"],
    read,
};

pub(crate) static AUTORUNS: TableSchema = TableSchema::new(
    "autoruns",
    "one registry value, or key by its mere name, that makes Windows or a program start or load something",
    &[
        Column::text("category"),
        Column::text("entry"),
        Column::text("command"),
        Column::text("key"),
        Column::text("value_name"),
        Column::text("value_type"),
        Column::text("user_sid"),
    ],
);

pub(crate) static REGISTRY_VALUES: TableSchema = TableSchema::new(
    "registry_values",
    "one value of the registry keys that the agent lists",
    &[
        Column::text("key"),
        Column::text("name"),
        Column::text("type"),
        Column::text("data"),
        Column::int("number"),
        Column::text("user_sid"),
    ],
);

pub(crate) static REGISTRY_KEYS: TableSchema = TableSchema::new(
    "registry_keys",
    "one registry key that the agent lists, with how many values it has",
    &[Column::text("key"), Column::int("value_count"), Column::text("user_sid")],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut registry = Registry::new(input.lines()?);
    let mut at: Option<At> = None;
    while let Some(piece) = registry.next()? {
        match piece {
            Piece::Key { line, key, is_cut, may_be_data } => {
                let above = at.take().map(|at| at.finish(output)).transpose()?.flatten();
                if may_be_data {
                    output.issue(IssueKind::PartialRow, line, || MAY_BE_DATA.to_owned());
                }
                let is_strange = output.is_strange(&key);
                if is_strange {
                    output.issue(IssueKind::PartialRow, line, || STRANGE.to_owned());
                }
                let is_cut = is_cut || may_be_data || is_strange;
                if let Some((category, entry)) = started::by_key(&key) {
                    // Programs load the class or the add-in that the key is called after.
                    let cells = [
                        category.into(),
                        entry.into(),
                        entry.into(),
                        (&key).into(),
                        Cell::Null,
                        Cell::Null,
                        user_sid(&key).into(),
                    ];
                    let status = ParseStatus::Clean.or_partial(is_cut);
                    output.row(&AUTORUNS, line, status, &key, &cells)?;
                }
                // The values of a forged key are those of the key before it.
                let own = output.wants(&AUTORUNS).then(|| Starter::of(&key)).flatten();
                let starter = own.or(above.filter(|_| is_strange));
                at = Some(At { line, key, is_cut, is_strange, values: 0, starter });
            }
            Piece::Value { line, name, kind, data, raw, is_cut } => {
                let Some(at) = &mut at else {
                    output.issue(IssueKind::PartialRow, line, || {
                        "a registry value without a key".to_owned()
                    });
                    let number = number(&kind, &data).into();
                    let (name, kind, data) = ((&name).into(), (&kind).into(), (&data).into());
                    let cells = [Cell::Null, name, kind, data, number, Cell::Null];
                    output.row(&REGISTRY_VALUES, line, ParseStatus::Partial, &raw, &cells)?;
                    continue;
                };
                at.values += 1;
                let is_amiss = is_number(&kind) && hexadecimal(&data).is_none();
                if is_amiss {
                    output.issue(IssueKind::PartialRow, line, || {
                        "a registry value whose data is no number".to_owned()
                    });
                }
                let status = ParseStatus::Clean.or_partial(is_cut || is_amiss || at.is_strange);
                let sid = user_sid(&at.key);
                let cells = [
                    (&at.key).into(),
                    (&name).into(),
                    (&kind).into(),
                    (&data).into(),
                    number(&kind, &data).into(),
                    sid.into(),
                ];
                output.row(&REGISTRY_VALUES, line, status, &raw, &cells)?;
                if let Some((category, entry)) =
                    at.starter.as_ref().and_then(|starter| starter.by_value(&name, &data))
                {
                    let cells = [
                        category.into(),
                        entry.into(),
                        (&data).into(),
                        (&at.key).into(),
                        (&name).into(),
                        (&kind).into(),
                        sid.into(),
                    ];
                    output.row(&AUTORUNS, line, status, &raw, &cells)?;
                }
            }
            Piece::Message { .. } => {}
            Piece::Other { line, text } => {
                output.issue(IssueKind::PartialRow, line, || {
                    "a line that is neither key nor value".to_owned()
                });
                let key = at.as_ref().map(|at| &at.key);
                let cells =
                    [key.into(), Cell::Null, Cell::Null, (&text).into(), Cell::Null, Cell::Null];
                output.row(&REGISTRY_VALUES, line, ParseStatus::Partial, &text, &cells)?;
                // Whatever stands where things are started may be what is started.
                if let Some(at) = &at
                    && let Some(category) = at.starter.as_ref().and_then(Starter::somehow)
                {
                    let mut cells = [const { Cell::Null }; 7];
                    cells[0] = category.into();
                    cells[2] = (&text).into();
                    cells[3] = (&at.key).into();
                    cells[6] = user_sid(&at.key).into();
                    output.row(&AUTORUNS, line, ParseStatus::Partial, &text, &cells)?;
                }
            }
        }
    }
    at.map_or(Ok(()), |at| at.finish(output).map(drop))
}

/// The key that values belong to.
struct At {
    line: u64,
    key: String,
    is_cut: bool,
    /// Whether no command queried it, so that what is below it may belong to another key.
    is_strange: bool,
    values: u32,
    /// `None` if none of its values starts anything, or the table is not wanted.
    starter: Option<Starter>,
}

impl At {
    /// Outputs the key's row, and returns what its values start.
    fn finish(self, output: &mut Output<'_>) -> Result<Option<Starter>, Stop> {
        let cells = [(&self.key).into(), self.values.into(), user_sid(&self.key).into()];
        let status = ParseStatus::Clean.or_partial(self.is_cut);
        output.row(&REGISTRY_KEYS, self.line, status, &self.key, &cells)?;
        Ok(self.starter)
    }
}

/// The SID in `HKEY_USERS\SID\...`.
pub(super) fn user_sid(key: &str) -> Option<&str> {
    key.strip_prefix("HKEY_USERS\\")?.split('\\').next().filter(|sid| sid.starts_with("S-1-"))
}

/// A value as a number.
fn number(kind: &str, data: &str) -> Option<i64> {
    let number = hexadecimal(data).filter(|_| is_number(kind))?;
    i64::try_from(number).ok()
}

fn is_number(kind: &str) -> bool {
    matches!(kind, "REG_DWORD" | "REG_QWORD" | "REG_DWORD_BIG_ENDIAN")
}

/// The number in `0x1f`.
fn hexadecimal(data: &str) -> Option<u64> {
    u64::from_str_radix(data.trim().strip_prefix("0x")?, 16).ok()
}

/// The remark on a key directly below a value.
pub(super) const MAY_BE_DATA: &str = "a key that may be data of the value before it";
/// The remark on a key that the agent does not query.
const STRANGE: &str = "a key that no command of the collection asked for: it may be forged, by data of a value above it";

#[cfg(test)]
mod tests {
    use super::{number, user_sid};

    #[test]
    fn users_are_told_by_their_hives() {
        assert_eq!(user_sid("HKEY_USERS\\S-1-5-21-1\\Software"), Some("S-1-5-21-1"));
        assert_eq!(user_sid("HKEY_LOCAL_MACHINE\\Software"), None);
    }

    #[test]
    fn numbers_are_read_from_hexadecimal() {
        assert_eq!(number("REG_DWORD", "0x6ac1c"), Some(437_276));
        assert_eq!(number("REG_SZ", "0x1"), None);
        assert_eq!(number("REG_QWORD", "0xffffffffffffffff"), None);
    }
}
