//! The part of JSON Schema that `schema.json` uses.

use serde_json::{Map, Value};

/// What is wrong with `file`, as lines; nothing if it has the form of the schema.
pub(crate) fn check(schema: &Value, file: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    // A file says its kind, so that only the errors of that kind are told.
    let kinds = schema["oneOf"].as_array().unwrap().iter().map(|kind| resolve(schema, kind));
    let kind = kinds.into_iter().find(|kind| kind["properties"]["kind"]["const"] == file["kind"]);
    match kind {
        Some(kind) => walk(schema, kind, file, "$", &mut wrong),
        None => wrong.push(format!("$.kind: {} is not known", file["kind"])),
    }
    wrong
}

fn resolve<'a>(schema: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(name) => {
            &schema["$defs"][name.strip_prefix("#/$defs/").expect("a reference to $defs")]
        }
        None => part,
    }
}

fn walk(schema: &Value, part: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let part = resolve(schema, part);
    assert!(part.is_object(), "{path}: the schema has no such part");
    if let Some(wanted) = part.get("const").filter(|wanted| *wanted != value) {
        wrong.push(format!("{path}: {value} is not {wanted}"));
    }
    if let Some(members) = part["enum"].as_array().filter(|members| !members.contains(value)) {
        wrong.push(format!("{path}: {value} is none of {members:?}"));
    }
    if let Some(types) = part.get("type") {
        let types = types.as_array().cloned().unwrap_or_else(|| vec![types.clone()]);
        if !types.iter().any(|kind| is_a(value, kind.as_str().unwrap())) {
            wrong.push(format!("{path}: is not of type {types:?}"));
            return;
        }
    }
    if let Some(choices) = part["oneOf"].as_array() {
        let fitting = choices.iter().filter(|choice| {
            let mut tried = Vec::new();
            walk(schema, choice, value, path, &mut tried);
            tried.is_empty()
        });
        if fitting.count() != 1 {
            wrong.push(format!("{path}: fits not exactly one form"));
        }
    }
    match value {
        Value::Object(object) => object_walk(schema, part, object, path, wrong),
        Value::Array(items) => {
            let least = part["minItems"].as_u64().unwrap_or_default();
            if (items.len() as u64) < least {
                wrong.push(format!("{path}: has fewer than {least} items"));
            }
            if let Some(form) = part.get("items") {
                for (place, item) in items.iter().enumerate() {
                    walk(schema, form, item, &format!("{path}[{place}]"), wrong);
                }
            }
        }
        _ => {}
    }
}

fn object_walk(
    schema: &Value,
    part: &Value,
    object: &Map<String, Value>,
    path: &str,
    wrong: &mut Vec<String>,
) {
    for name in part["required"].as_array().into_iter().flatten() {
        if !object.contains_key(name.as_str().unwrap()) {
            wrong.push(format!("{path}: lacks {name}"));
        }
    }
    for (name, value) in object {
        match part["properties"].get(name) {
            Some(form) => walk(schema, form, value, &format!("{path}.{name}"), wrong),
            None if part["additionalProperties"] == false => {
                wrong.push(format!("{path}: has `{name}`"));
            }
            None => {}
        }
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("the schema names the type {other}"),
    }
}

#[test]
fn a_wrong_file_is_found_out() {
    let schema = crate::files::named("schema");
    let good = crate::files::named("clouds");
    assert_eq!(check(&schema, &good), Vec::<String>::new());
    for (pointer, value) in [
        ("/kind", Value::from("nonsense")),
        ("/tests", Value::from(Vec::<Value>::new())),
        ("/tests/0/tcId", Value::from("1")),
        ("/tests/0/result", Value::from("maybe")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!check(&schema, &bad).is_empty(), "{pointer}");
    }
    let mut bad = good.clone();
    bad["tests"][0]["surprise"] = Value::Null;
    assert!(!check(&schema, &bad).is_empty());
    bad = good;
    bad["tests"][0].as_object_mut().unwrap().remove("name");
    assert!(!check(&schema, &bad).is_empty());
}
