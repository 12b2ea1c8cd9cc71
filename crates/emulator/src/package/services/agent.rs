//! What the agent does to each line of `Services.csv` after PowerShell wrote it.
//!
//! It splits the line at every comma, quotes or not, and takes piece 7 for column `StartMode`; from
//! there up to the real cell's end it turns double quotes into apostrophes, and puts one pair of
//! double quotes around the whole. With commas inside the description, piece 7 comes too early, and
//! neighbours are swallowed.

/// The line as the agent leaves it; a line with fewer than eight cells stays as it is.
pub(super) fn rewrite(line: &str) -> String {
    let parts =
        nth_comma(line, START_MODE).zip(cell_end(line, START_MODE)).and_then(|(start, end)| {
            Some((line.get(..start)?, line.get(start..end)?, line.get(end..)?))
        });
    match parts {
        Some((head, cell, tail)) => format!("{head}\"{}\"{tail}", cell.replace('"', "'")),
        None => line.to_owned(),
    }
}

/// Where the text after the comma with this number begins, all commas counted.
fn nth_comma(line: &str, number: usize) -> Option<usize> {
    line.match_indices(',').nth(number - 1).map(|(at, _)| at + 1)
}

/// Where the cell with this number ends, counted from 0, as CSV has it.
fn cell_end(line: &str, number: usize) -> Option<usize> {
    let mut is_quoted = false;
    let separators = line.bytes().enumerate().filter(|(_, byte)| {
        is_quoted ^= *byte == b'"';
        *byte == b',' && !is_quoted
    });
    separators.map(|(at, _)| at).nth(number)
}

const START_MODE: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    fn damaged(description: &str) -> String {
        rewrite(&format!(
            "\"Cap\",\"{description}\",,\"svc\",\"OK\",\"Win32_Service\",\"True\",\"Auto\",\
             \"Win32_ComputerSystem\",\"PC\""
        ))
    }

    #[test]
    fn no_comma_touches_the_start_mode_alone() {
        assert!(damaged("d").contains("\"Win32_Service\",\"True\",\"'Auto'\",\"Win32_Com"));
    }

    #[test]
    fn each_comma_swallows_one_cell_more() {
        assert!(damaged("a,").contains("\"Win32_Service\",\"'True','Auto'\",\"Win32_Com"));
        assert!(damaged("a,,").contains("\"OK\",\"'Win32_Service','True','Auto'\","));
        assert!(damaged("a,,,").contains("\"svc\",\"'OK','Win32_Service','True','Auto'\","));
        assert!(damaged("a,,,,").contains(",,\"'svc','OK','Win32_Service','True','Auto'\","));
        assert!(damaged("a,,,,,").contains("\"a,,,,,\",\",'svc','OK',"));
    }

    #[test]
    fn six_commas_tear_the_description() {
        assert!(damaged("a,,,,,,tail").contains("\"a,,,,,,\"tail',,'svc','OK',"));
    }
}
