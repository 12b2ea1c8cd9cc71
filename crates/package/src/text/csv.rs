use super::Lines;
use crate::Error;

/// The records of a CSV member, by RFC 4180, each with its raw text.
///
/// Written here because what is needed is the one thing that no CSV library gives: strictness, and
/// the raw text and line of each record.
pub(crate) struct Records<'a> {
    lines: Lines<'a>,
    /// A line that was read ahead: its number, its text, whether it was cut.
    next: Option<(u64, String, bool)>,
    record: String,
    fields: Vec<String>,
}

/// One record.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    /// The line it begins on, counted from 1.
    pub(crate) line: u64,
    /// Its text as it stands; line ends inside are one line feed each.
    pub(crate) raw: &'a str,
    pub(crate) fields: &'a [String],
    /// What it has against the format.
    pub(crate) shape: Shape,
}

/// Whether a record keeps to the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Strict,
    /// A quote stands where none may, or is missing.
    Quotes,
    /// It has more fields than any known record, or is longer than the budget; the rest was dropped.
    Cut,
}

impl<'a> Records<'a> {
    pub(crate) fn new(lines: Lines<'a>) -> Self {
        Self { lines, next: None, record: String::new(), fields: Vec::new() }
    }

    /// The next record, or `None` at the end. Empty lines are skipped.
    ///
    /// A quote that is never closed ends where a line begins as no line inside of quotes can.
    pub(crate) fn next(&mut self) -> Result<Option<Record<'_>>, Error> {
        self.record.clear();
        let (line, mut is_cut) = match self.next.take() {
            Some((number, text, is_cut)) => {
                self.record = text;
                (number, is_cut)
            }
            None => loop {
                match self.lines.next()? {
                    None => return Ok(None),
                    Some(line) if line.text.is_empty() => {}
                    Some(line) => {
                        self.record.push_str(line.text);
                        break (line.number, line.is_cut);
                    }
                }
            },
        };
        let mut joined = 1;
        let mut is_open = has_open_quote(&self.record, false);
        while is_open && joined < LONGEST && !is_cut && self.record.len() < LONGEST_BYTES {
            let Some(next) = self.lines.next()? else { break };
            // Records of the summary begin with their time.
            let is_timed = self.record.starts_with('[') && next.text.starts_with('[');
            if is_timed || begins_record(next.text) {
                self.next = Some((next.number, next.text.to_owned(), next.is_cut));
                break;
            }
            is_open = has_open_quote(next.text, is_open);
            self.record.push('\n');
            self.record.push_str(next.text);
            joined += 1;
            is_cut = next.is_cut;
        }
        let shape = parse_fields(&self.record, &mut self.fields);
        let shape = if is_cut { Shape::Cut } else { shape };
        Ok(Some(Record { line, raw: &self.record, fields: &self.fields, shape }))
    }
}

/// Whether a line begins with a quote and a value. Inside of quotes it cannot: there a quote is doubled, or
/// ends its field, and then a comma or nothing follows.
fn begins_record(line: &str) -> bool {
    line.strip_prefix('"').is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['"', ',']))
}

/// Whether a quote is open at the end of `text`, if one `was` open at its start.
fn has_open_quote(text: &str, was: bool) -> bool {
    was ^ (text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1)
}

/// Splits one record into its fields. A field with a fault is kept as it can be read best.
pub(crate) fn parse_fields(record: &str, fields: &mut Vec<String>) -> Shape {
    let mut shape = Shape::Strict;
    let mut count = 0;
    let mut rest = Some(record);
    while let Some(text) = rest {
        if count == FIELDS {
            shape = Shape::Cut;
            break;
        }
        if fields.len() <= count {
            fields.push(String::new());
        }
        let Some(field) = fields.get_mut(count) else { break };
        field.clear();
        let (after, is_strict) = match text.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted, field),
            None => plain_field(text, field),
        };
        if !is_strict {
            shape = Shape::Quotes;
        }
        rest = after;
        count += 1;
    }
    fields.truncate(count);
    shape
}

/// Takes a field behind its opening quote.
fn quoted_field<'a>(mut text: &'a str, field: &mut String) -> (Option<&'a str>, bool) {
    loop {
        let Some((before, after)) = text.split_once('"') else {
            field.push_str(text);
            return (None, false);
        };
        field.push_str(before);
        if let Some(after) = after.strip_prefix('"') {
            field.push('"');
            text = after;
        } else if after.is_empty() {
            return (None, true);
        } else if let Some(after) = after.strip_prefix(',') {
            return (Some(after), true);
        } else {
            let (rest, _) = plain_field(after, field);
            return (rest, false);
        }
    }
}

/// Takes a field up to the next comma.
fn plain_field<'a>(text: &'a str, field: &mut String) -> (Option<&'a str>, bool) {
    let (own, rest) = match text.split_once(',') {
        Some((own, rest)) => (own, Some(rest)),
        None => (text, None),
    };
    field.push_str(own);
    (rest, !own.contains('"'))
}

/// Lines that one record may have: as many as a command line has characters. A quote that is never closed must not
/// swallow a whole member.
const LONGEST: usize = 1 << 15;
/// Bytes of one record after which no further line is added to it.
const LONGEST_BYTES: usize = 4 << 20;
/// Fields that are kept of one record.
const FIELDS: usize = 1_024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lines, Records, Shape, parse_fields};
    use crate::{package::Bytes, text::CodePage};

    fn fields(record: &str) -> (Shape, Vec<String>) {
        let mut fields = Vec::new();
        (parse_fields(record, &mut fields), fields)
    }

    #[test]
    fn quotes_are_those_of_rfc_4180() {
        let (shape, found) = fields(r#"a,"b ""c"", d",,"""#);
        assert_eq!(
            (shape, found.as_slice()),
            (Shape::Strict, ["a", "b \"c\", d", "", ""].map(String::from).as_slice())
        );
    }

    #[test]
    fn faults_are_seen_and_nothing_is_dropped() {
        assert_eq!(fields(r#""a"b,c"#), (Shape::Quotes, vec!["ab".into(), "c".into()]));
        assert_eq!(fields(r#"a"b,c"#), (Shape::Quotes, vec!["a\"b".into(), "c".into()]));
        assert_eq!(fields(r#""a,c"#), (Shape::Quotes, vec!["a,c".into()]));
        assert_eq!(fields(&",".repeat(2_000)).0, Shape::Cut);
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_few_lines() {
        let text = format!("\"a\n{}", "b\n".repeat(100_000));
        let lines = Lines::new(Bytes::of(text.as_bytes()), CodePage(437), 999).unwrap();
        let mut records = Records::new(lines);
        assert_eq!(records.next().unwrap().unwrap().shape, Shape::Quotes);
        assert_eq!(records.next().unwrap().unwrap().line, 32_769);
        // Of the summary, whose records begin with their time, it swallows none.
        let text = "[1],a,\"b\n[2],c,d\n";
        let lines = Lines::new(Bytes::of(text.as_bytes()), CodePage(437), 999).unwrap();
        let mut records = Records::new(lines);
        assert_eq!(records.next().unwrap().unwrap().shape, Shape::Quotes);
        assert_eq!(records.next().unwrap().unwrap().fields, ["[2]", "c", "d"]);
    }

    #[test]
    fn a_field_may_have_as_many_lines_as_a_command_line() {
        let text = format!("\"a\",\"{}\"\n\"b\",\"\"\n", "x\n".repeat(10_000));
        let lines = Lines::new(Bytes::of(text.as_bytes()), CodePage(437), 999).unwrap();
        let mut records = Records::new(lines);
        let first = records.next().unwrap().unwrap();
        assert_eq!((first.shape, first.fields[1].len()), (Shape::Strict, 20_000));
        assert_eq!(records.next().unwrap().unwrap().fields[0], "b");
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_no_record_behind_it() {
        let text = "\"a\",\"b\"\n\"c\",\"d\n\"e\",\"f\n\"g\",\"h\n\"\"i\"\"\"\n";
        let lines = Lines::new(Bytes::of(text.as_bytes()), CodePage(437), 999).unwrap();
        let mut records = Records::new(lines);
        let mut found = Vec::new();
        while let Some(record) = records.next().unwrap() {
            let last = record.fields.last().unwrap().clone();
            found.push((record.line, record.shape == Shape::Strict, last));
        }
        let found: Vec<_> =
            found.iter().map(|(line, is, last)| (*line, *is, last.as_str())).collect();
        assert_eq!(
            found,
            [(1, true, "b"), (2, false, "d"), (3, false, "f"), (4, true, "h\n\"i\"")]
        );
    }

    proptest! {
        #[test]
        fn records_with_line_ends_inside_come_back(
            rows in prop::collection::vec(prop::collection::vec("[a\",\n]{0,8}", 1..4), 1..6)
        ) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quote).collect::<Vec<_>>().join(",") + "\n";
            let text: String = rows.iter().map(line).collect();
            let lines = Lines::new(Bytes::of(text.as_bytes()), CodePage(437), 999).unwrap();
            let mut records = Records::new(lines);
            let mut found = Vec::new();
            while let Some(record) = records.next().unwrap() {
                prop_assert_eq!(record.shape, Shape::Strict);
                found.push(record.fields.to_vec());
            }
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn what_is_quoted_comes_back(cells in prop::collection::vec("[^\r]{0,12}", 1..6)) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let record = cells.iter().map(quote).collect::<Vec<_>>().join(",");
            prop_assert_eq!(fields(&record), (Shape::Strict, cells));
        }
    }
}
