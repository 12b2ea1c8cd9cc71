//! Lines of CSV as `ConvertTo-Csv` of PowerShell 5.1 writes them.

/// One line without its end: every value in double quotes, an absent one as nothing at all.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        if let Some(cell) = cell {
            line.push_str(&quoted(cell));
        }
    }
    line
}

/// The same for a line where every cell has a value.
pub(super) fn full_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    line(cells.into_iter().map(Some))
}

/// In double quotes, with those inside doubled.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
