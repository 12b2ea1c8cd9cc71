//! Device lists: CSV, or one device per line.

use crate::core::Device;
use crate::failure::Failure;

/// Parses a device list. `file` is its name, for messages.
///
/// The list is CSV (separated by commas, semicolons or tabs, as the portal, hunting queries and spreadsheets write it) with
/// a known heading for the device column, or one device per line. Blank lines, and anything after a `#`, are ignored.
///
/// Fails with the line number if a cell is not a device, and if there are more than 100,000 devices.
pub(super) fn parse(text: &str, file: &str) -> Result<Vec<Device>, Failure> {
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut columns = None;
    let mut devices = Vec::new();
    for row in rows.records() {
        let row = row.map_err(|error| Failure::usage(format!("`{file}`: {error}")))?;
        let line = row.position().map_or(0, csv::Position::line);
        let Some(columns) = &columns else {
            let found = heading(&row);
            let is_heading = !found.is_empty();
            // Do not guess: the first of several columns may be the owner, or another device.
            if !is_heading && row.iter().filter(|cell| !cell.is_empty()).count() > 1 {
                let text = format!(
                    "`{file}` has several columns, but none has a known heading for devices"
                );
                let headings = HEADINGS.concat().join("`, `");
                return Err(Failure::usage(text).with_hint(format!(
                    "name the column one of `{headings}`; case, spaces and punctuation are ignored"
                )));
            }
            let columns = columns.insert(if is_heading { found } else { vec![0] });
            if !is_heading {
                devices.extend(device(&row, columns, file, line)?);
            }
            continue;
        };
        devices.extend(device(&row, columns, file, line)?);
        if devices.len() > MAX_DEVICES {
            return Err(Failure::usage(format!("`{file}` lists more than {MAX_DEVICES} devices")));
        }
    }
    Ok(devices)
}

/// The columns that name the device, best first; empty if the row is not a heading.
fn heading(row: &csv::StringRecord) -> Vec<usize> {
    let normal = |cell: &str| -> String {
        cell.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let cells: Vec<_> = row.iter().map(normal).collect();
    let best_first = HEADINGS.iter().flat_map(|names| {
        cells.iter().enumerate().filter(|(_, cell)| names.contains(&cell.as_str())).map(|it| it.0)
    });
    best_first.collect()
}

/// The device of a row: the first non-empty one of these columns.
fn device(
    row: &csv::StringRecord,
    columns: &[usize],
    file: &str,
    line: u64,
) -> Result<Option<Device>, Failure> {
    let bare = |cell: &str| cell.split('#').next().unwrap_or_default().trim().to_owned();
    let cells = columns.iter().filter_map(|&column| row.get(column)).map(bare);
    let Some(cell) = cells.into_iter().find(|cell| !cell.is_empty()) else { return Ok(None) };
    Device::parse(&cell).map(Some).map_err(|error| {
        Failure::usage(format!("`{file}` line {line}: {}", error.message())).with_hint(error.hint())
    })
}

/// The delimiter: the most frequent candidate in the first line that has cells.
fn delimiter(text: &str) -> u8 {
    let is_cells = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let first = text.lines().find(is_cells).unwrap_or_default();
    let most = |&&delimiter: &&u8| first.bytes().filter(|byte| *byte == delimiter).count();
    // On a tie the last one wins; without any delimiter the choice does not matter.
    b";\t,".iter().max_by_key(most).copied().unwrap_or(b',')
}

/// Known headings, normalized; an id is preferred to a name, and a name to an address.
const HEADINGS: &[&[&str]] = &[
    &["device", "machine", "target"],
    &["deviceid", "machineid", "id"],
    &[
        "devicename",
        "computerdnsname",
        "dnsname",
        "computername",
        "machinename",
        "hostname",
        "fqdn",
        "name",
        "computer",
        "host",
    ],
    &["ip", "ipaddress", "lastipaddress"],
];
const MAX_DEVICES: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        parse(text, "list").unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_device_per_line() {
        let text =
            "# the finance wing\r\nws-1\r\n\r\n  ws-2.contoso.com  \r\n10.0.0.7 # printer\r\n";
        assert_eq!(read(text), ["ws-1", "ws-2.contoso.com", "10.0.0.7"]);
        assert_eq!(read("ws-1"), ["ws-1"]);
        assert!(read("").is_empty() && read("\n# nothing\n").is_empty());
    }

    #[test]
    fn a_column_is_found_by_its_heading() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(read(&format!("Device ID,Device name\n{id},ws-1\n,ws-2\n")), [id, "ws-2"]);
        assert_eq!(read("Owner;Name\n\"Doe; Jane\";\"ws-1\"\n"), ["ws-1"]);
        assert_eq!(read("os\tIP address\nWindows11\t10.0.0.7\n"), ["10.0.0.7"]);
        assert_eq!(read("name,id\n,\n"), [] as [&str; 0]);
    }

    #[test]
    fn without_a_heading_no_column_is_guessed() {
        assert_eq!(read("ws-1,\nws-2,\n"), ["ws-1", "ws-2"]);
        let failure = parse("owner,asset\njane,ws-1\n", "list.csv").unwrap_err();
        assert_eq!(failure.exit, crate::Exit::Usage);
        assert!(failure.to_string().contains("several columns"), "{failure}");
    }

    #[test]
    fn a_bad_line_is_named() {
        let failure = parse("# x\nws-1\n'; drop\n", "list.csv").unwrap_err();
        assert!(failure.to_string().starts_with("`list.csv` line 3: `'; drop`"), "{failure}");
    }

    #[test]
    fn a_list_without_end_is_refused() {
        let text = "ws\n".repeat(MAX_DEVICES + 1);
        assert!(parse(&text, "list").is_err());
    }
}
