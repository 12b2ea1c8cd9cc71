//! The part of JSON Schema that the vectors and the flows use. What it does not know it refuses.

use serde_json::{Map, Value, json};

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

/// What is wrong with a file of flows.
pub(crate) fn check_flows(schema: &Value, file: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    walk(schema, schema, file, "$", &mut wrong);
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
    for keyword in part.as_object().unwrap_or_else(|| panic!("{path}: no such part")).keys() {
        assert!(KEYWORDS.contains(&keyword.as_str()), "{path}: `{keyword}` is not checked");
    }
    if let Some(wanted) = part.get("const").filter(|wanted| *wanted != value) {
        wrong.push(format!("{path}: {value} is not {wanted}"));
    }
    if let Some(members) = part["enum"].as_array().filter(|members| !members.contains(value)) {
        wrong.push(format!("{path}: {value} is none of {members:?}"));
    }
    if let Some(types) = part.get("type") {
        let types = types.as_array().cloned().unwrap_or_else(|| vec![types.clone()]);
        if !types.iter().any(|kind| is_a(value, kind.as_str().unwrap())) {
            wrong.push(format!("{path}: {value} is not of type {types:?}"));
            return;
        }
    }
    combined(schema, part, value, path, wrong);
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
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            if part["minimum"].as_f64().is_some_and(|least| number < least)
                || part["maximum"].as_f64().is_some_and(|most| number > most)
            {
                wrong.push(format!("{path}: {value} is out of bounds"));
            }
        }
        Value::String(text) => {
            if part["minLength"].as_u64().is_some_and(|least| (text.chars().count() as u64) < least)
                || part["pattern"].as_str().is_some_and(|pattern| !fits(pattern, text))
            {
                wrong.push(format!("{path}: {value} is too short or has another form"));
            }
        }
        Value::Bool(_) | Value::Null => {}
    }
}

const KEYWORDS: &[&str] = &[
    "$defs",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "description",
    "else",
    "enum",
    "if",
    "items",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "not",
    "oneOf",
    "pattern",
    "properties",
    "propertyNames",
    "required",
    "then",
    "title",
    "type",
];

/// What is put together of other forms.
fn combined(schema: &Value, part: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let tried = |form: &Value| {
        let mut tried = Vec::new();
        walk(schema, form, value, path, &mut tried);
        tried
    };
    let choices = |name: &str| part[name].as_array().into_iter().flatten();
    wrong.extend(choices("allOf").flat_map(tried));
    if part["anyOf"].is_array() && !choices("anyOf").any(|form| tried(form).is_empty()) {
        wrong.push(format!("{path}: fits no form"));
    }
    if part["oneOf"].is_array() {
        let heard: Vec<_> = choices("oneOf").map(tried).collect();
        match heard.iter().filter(|heard| heard.is_empty()).count() {
            1 => {}
            // Of a form that says what it is, another's complaints are beside the point.
            0 => {
                let is_another =
                    |heard: &Vec<String>| heard.iter().any(|it| it.contains(" is not "));
                wrong.extend(
                    heard
                        .into_iter()
                        .min_by_key(|it| (is_another(it), it.len()))
                        .unwrap_or_default(),
                );
            }
            _ => wrong.push(format!("{path}: fits more than one form")),
        }
    }
    if part.get("not").is_some_and(|form| tried(form).is_empty()) {
        wrong.push(format!("{path}: has what it must not have"));
    }
    if let Some(condition) = part.get("if") {
        let branch = if tried(condition).is_empty() { "then" } else { "else" };
        wrong.extend(part.get(branch).map(tried).unwrap_or_default());
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
    if part["minProperties"].as_u64().is_some_and(|least| (object.len() as u64) < least) {
        wrong.push(format!("{path}: says too little"));
    }
    for (name, value) in object {
        let place = format!("{path}.{name}");
        if let Some(names) = part.get("propertyNames") {
            walk(schema, names, &Value::from(name.as_str()), &place, wrong);
        }
        match (part["properties"].get(name), &part["additionalProperties"]) {
            (Some(form), _) | (None, form @ Value::Object(_)) => {
                walk(schema, form, value, &place, wrong);
            }
            (None, Value::Bool(false)) => wrong.push(format!("{path}: has `{name}`")),
            (None, _) => {}
        }
    }
}

/// The one pattern that is in use: words of small letters and digits, with hyphens between them.
fn fits(pattern: &str, text: &str) -> bool {
    assert_eq!(pattern, "^[a-z0-9]+(-[a-z0-9]+)*$", "another pattern is not checked");
    text.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    })
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

#[test]
fn a_wrong_flow_is_found_out() {
    let flow = json!({
        "id": "a-flow",
        "comment": "What it is about.",
        "service": {"seed": 3, "fleet": {"count": 2}},
        "client": {"timeout": 60, "comment": {"repeat": "a", "times": 3}},
        "steps": [
            {"do": "advance", "seconds": 5},
            {
                "do": "collect",
                "devices": ["ws-042"],
                "during": [{"when": 5, "do": "stop"}],
                "expect": {"devices": [{"outcome": "stopped"}], "calls": {"collect": 1}}
            }
        ]
    });
    let schema = crate::files::named("flows/schema");
    let file = |flow: &Value| json!({"$schema": "./schema.json", "about": "All.", "flows": [flow]});
    assert_eq!(check_flows(&schema, &file(&flow)), Vec::<String>::new());
    for (pointer, key, value, complaint) in [
        ("", "id", json!("A flow"), "another form"),
        ("", "comment", json!("x"), "too short"),
        ("", "surprise", json!(1), "has `surprise`"),
        ("", "steps", json!([]), "fewer than 1"),
        ("/service", "seed", json!(-1), "out of bounds"),
        ("/service/fleet", "count", json!(1000), "out of bounds"),
        ("/client", "budget", json!("20"), "is not of type"),
        ("/client/comment", "times", json!(0), "out of bounds"),
        ("/steps/0", "do", json!("dance"), "is none of"),
        ("/steps/0", "volume", json!(11), "is none of"),
        ("/steps/1", "from", json!("folder"), "must not have"),
        ("/steps/1", "do", json!("resume"), "must not have"),
        ("/steps/1/during/0", "when", json!({}), "says too little"),
        ("/steps/1/during/0", "do", json!("faults"), "lacks \"rules\""),
        ("/steps/1/expect", "each", json!({"outcome": "stopped"}), "more than one form"),
        ("/steps/1/expect/devices/0", "outcome", json!("lost"), "is none of"),
        ("/steps/1/expect/calls", "dance", json!(1), "is none of"),
        ("/steps/1/expect/calls", "collect", json!("once"), "is not of type"),
    ] {
        let mut bad = flow.clone();
        bad.pointer_mut(pointer).unwrap()[key] = value.clone();
        let heard = check_flows(&schema, &file(&bad)).join("\n");
        assert!(heard.contains(complaint), "{pointer}/{key} {value}: {heard}");
    }
}
