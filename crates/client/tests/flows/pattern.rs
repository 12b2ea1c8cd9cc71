//! Whether a value is as a pattern says.

use serde_json::Value;

use crate::expect::Range;

/// Whether `value` is as `pattern` says.
///
/// An object needs the pattern's fields and may have more. `{"contains": "…"}` is for texts, `{"at_least": …,
/// "at_most": …}` for numbers, and everything else must be equal.
pub(crate) fn fits(pattern: &Value, value: &Value) -> bool {
    match (pattern, value) {
        (Value::Object(fields), Value::Object(values)) => fields
            .iter()
            .all(|(key, pattern)| values.get(key).is_some_and(|value| fits(pattern, value))),
        (Value::Object(fields), Value::String(text)) => {
            fields.len() == 1
                && fields
                    .get("contains")
                    .and_then(Value::as_str)
                    .is_some_and(|part| text.contains(part))
        }
        (Value::Object(_) | Value::Number(_), Value::Number(number)) => {
            let range: Option<Range> = serde_json::from_value(pattern.clone()).ok();
            range.zip(number.as_f64()).is_some_and(|(range, number)| range.holds(number))
        }
        _ => pattern == value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fits;

    #[test]
    fn fields_that_are_named_must_fit() {
        let event = json!({"event": "throttled", "quota": "links", "seconds": 17.0});
        for pattern in [
            json!({}),
            json!({"event": "throttled"}),
            json!({"seconds": 17}),
            json!({"seconds": {"at_least": 10, "at_most": 17}}),
            json!({"quota": {"contains": "link"}}),
        ] {
            assert!(fits(&pattern, &event), "{pattern}");
        }
        for pattern in [
            json!({"event": "adopted"}),
            json!({"device": "ws-042"}),
            json!({"seconds": 16}),
            json!({"seconds": {"at_least": 18}}),
            json!({"quota": {"contains": "machines"}}),
            json!({"quota": {"contains": "l", "at_least": 1}}),
            json!({"event": {"at_least": 1}}),
        ] {
            assert!(!fits(&pattern, &event), "{pattern}");
        }
    }
}
