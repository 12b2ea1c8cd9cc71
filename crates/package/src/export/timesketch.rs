use std::{borrow::Cow, io::Write};

use arrow_array::RecordBatch;
use serde_json::json;

use crate::{Error, clock::iso, table::View};

/// Writes batches of the table `timeline` as JSON lines for Timesketch.
///
/// Each line has `message`, `datetime`, `timestamp` (microseconds) and `timestamp_desc`. It also
/// says how precise the time is and where it comes from (`precision`, `tz_source`,
/// `date_order_source`, `dst_uncertain`, `time_raw`), and where the event comes from. A message
/// longer than Timesketch can store is cut and ends in `…`.
///
/// The file's name must end in `.jsonl`. Fails with [`Error::Write`].
pub fn write_timesketch(batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Error> {
    let view = View(batch);
    for row in 0..batch.num_rows() {
        let Some(time) = view.time("time_utc", row) else { continue };
        let table = view.text("table", row).unwrap_or_default();
        let message = view.text("message", row).unwrap_or_default();
        let event = json!({
            "message": cut(message),
            "datetime": iso(time),
            "timestamp": time,
            "timestamp_desc": view.text("event", row),
            "data_type": format!("mde:package:{table}"),
            "device": view.text("device", row),
            "package_id": view.text("package_id", row),
            "member": view.text("member", row),
            "line": view.int("line", row),
            "time_raw": view.text("time_raw", row),
            "tz_source": view.text("time_tz_source", row),
            "precision": view.text("time_precision", row),
            "date_order_source": view.text("time_order_source", row),
            "dst_uncertain": view.bool("time_dst_uncertain", row),
            "parse_status": view.text("parse_status", row),
        });
        super::json::write(out, &event).and_then(|()| writeln!(out)).map_err(Error::Write)?;
    }
    Ok(())
}

/// A keyword of `OpenSearch`, which stores for Timesketch, has at most 32,766 bytes.
fn cut(message: &str) -> Cow<'_, str> {
    const LONGEST: usize = 32_766;
    if message.len() <= LONGEST {
        return message.into();
    }
    let longest = (0..=LONGEST - '…'.len_utf8()).rev().find_map(|end| message.get(..end));
    format!("{}…", longest.unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut(&"ä".repeat(16_383)), "ä".repeat(16_383));
        let long = cut(&"ä".repeat(20_000)).into_owned();
        assert!(long.ends_with("ä…") && (32_700..=32_766).contains(&long.len()), "{}", long.len());
    }
}
