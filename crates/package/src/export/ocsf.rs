use std::io::Write;

use arrow_array::RecordBatch;
use serde_json::{Map, Value, json};

use crate::{Error, TableSchema, table::View};

/// Writes batches of a table as OCSF 1.5 events of the class Live Evidence Info (uid 5040), one JSON
/// object per line; a table that the class has no type of query for gives none.
///
/// `collected` is when the package was collected, in milliseconds since 1970 UTC; it is the events'
/// time, since they are a state and no events. What has no place in the class is under `unmapped`.
/// Fails with [`Error::Write`].
pub fn write_ocsf(
    table: &TableSchema,
    batch: &RecordBatch,
    collected: Option<i64>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let Some(query) = QUERIES.iter().find(|query| query.table == table.name) else { return Ok(()) };
    let view = View(batch);
    for row in 0..batch.num_rows() {
        let mut evidence = Map::new();
        evidence.insert("query_type_id".to_owned(), query.type_id.into());
        evidence.insert("query_type".to_owned(), query.type_name.into());
        let object = object(query, view, row);
        evidence
            .insert(query.object.to_owned(), if query.is_list { json!([object]) } else { object });
        if let Some(group) = query.group.and_then(|column| view.text(column, row)) {
            evidence.insert("group".to_owned(), json!({ "name": group }));
        }
        let used: Vec<_> =
            query.fields.iter().map(|(_, column)| *column).chain(query.group).collect();
        let schema = batch.schema();
        let unmapped: Map<_, _> = schema
            .fields()
            .iter()
            .filter(|field| !used.contains(&field.name().as_str()) && field.name() != "raw")
            .filter_map(|field| Some((field.name().clone(), value(view, field.name(), row)?)))
            .collect();
        let is_partial = view.text("parse_status", row) == Some("partial");
        let (result, result_id) = if is_partial { ("Partial", 2) } else { ("Exists", 1) };
        let mut event = json!({
            "activity_id": 1,
            "category_uid": 5,
            "class_uid": 5040,
            "type_uid": 504_001,
            "severity_id": 1,
            "time": collected,
            "device": { "type_id": 0 },
            "metadata": {
                "version": "1.5.0",
                "product": { "name": "mde-forensics", "vendor_name": "mde-forensics" },
                "correlation_uid": view.text("package_id", row),
            },
            "query_evidence": evidence,
            "query_result": result,
            "query_result_id": result_id,
            "unmapped": unmapped,
        });
        if let Some(fields) = event.as_object_mut() {
            for (path, column) in [("device.hostname", "device"), ("raw_data", "raw")] {
                if let Some(text) = view.text(column, row) {
                    put(fields, path, text.into());
                }
            }
        }
        writeln!(out, "{event}").map_err(Error::Write)?;
    }
    Ok(())
}

/// How a table's rows are evidence: the type of query, the attribute, and which column its fields are.
struct Query {
    table: &'static str,
    type_id: u8,
    type_name: &'static str,
    object: &'static str,
    is_list: bool,
    /// The column that names the group to which the object belongs.
    group: Option<&'static str>,
    /// Paths in the object, with dots, that it must have and no column says: 0 is unknown, and a file is a regular one.
    fixed: &'static [(&'static str, u8)],
    /// Paths in the object, and columns: the first one of a path that says something counts.
    fields: &'static [(&'static str, &'static str)],
}

const QUERIES: &[Query] = &[
    Query {
        table: "temp_files",
        type_id: 2,
        type_name: "File",
        object: "file",
        is_list: false,
        group: None,
        fixed: &[("type_id", REGULAR_FILE)],
        fields: &[
            ("name", "name"),
            ("parent_folder", "folder"),
            ("size", "size"),
            ("owner.name", "owner"),
            ("modified_time", "modified_utc"),
        ],
    },
    Query {
        table: "group_members",
        type_id: 4,
        type_name: "Admin Group",
        object: "users",
        is_list: true,
        group: Some("group"),
        fixed: &[],
        fields: &[("name", "account"), ("domain", "domain")],
    },
    Query {
        table: "scheduled_tasks",
        type_id: 5,
        type_name: "Job",
        object: "job",
        is_list: false,
        group: None,
        // Windows keeps each task in a file of its name.
        fixed: &[("file.type_id", REGULAR_FILE)],
        fields: &[
            ("name", "task_name"),
            ("file.name", "task_name"),
            ("cmd_line", "task_to_run"),
            ("desc", "comment"),
            ("last_run_time", "last_run_utc"),
            ("next_run_time", "next_run_utc"),
            ("user.name", "run_as_user"),
        ],
    },
    Query {
        table: "net_sockets",
        type_id: 7,
        type_name: "Network Connection",
        object: "connection_info",
        is_list: false,
        group: None,
        fixed: &[("direction_id", 0)],
        fields: &[("protocol_name", "protocol")],
    },
    Query {
        table: "net_adapters",
        type_id: 8,
        type_name: "Network Interfaces",
        object: "network_interfaces",
        is_list: true,
        group: None,
        fixed: &[("type_id", 0)],
        fields: &[("name", "adapter"), ("mac", "physical_address"), ("ip", "ipv4_addresses")],
    },
    Query {
        table: "processes",
        type_id: 10,
        type_name: "Process",
        object: "process",
        is_list: false,
        group: None,
        fixed: &[],
        fields: &[
            ("pid", "process_id"),
            ("parent_process.pid", "parent_process_id"),
            ("name", "name"),
            ("cmd_line", "command_line"),
            ("path", "executable_path"),
            ("created_time", "created_utc"),
        ],
    },
    Query {
        table: "services",
        type_id: 11,
        type_name: "Service",
        object: "service",
        is_list: false,
        group: None,
        fixed: &[],
        // The service of this version has no more; how it is started is under `unmapped`.
        fields: &[("name", "name")],
    },
    Query {
        table: "sessions",
        type_id: 12,
        type_name: "Session",
        object: "session",
        is_list: false,
        group: None,
        fixed: &[],
        fields: &[
            ("uid", "session_id"),
            ("created_time", "logon_utc"),
            ("terminal", "session_name"),
        ],
    },
    Query {
        table: "autoruns",
        type_id: 15,
        type_name: "Startup Item",
        object: "startup_item",
        is_list: false,
        group: None,
        // It must be one of a driver, a job, a process with its id, and a service: what is run is a job.
        fixed: &[("start_type_id", 0), ("job.file.type_id", 0)],
        fields: &[
            ("name", "entry"),
            ("type", "category"),
            ("job.name", "entry"),
            ("job.cmd_line", "command"),
            ("job.file.name", "command"),
            ("job.file.name", "entry"),
        ],
    },
    Query {
        table: "registry_values",
        type_id: 17,
        type_name: "Registry Value",
        object: "reg_value",
        is_list: false,
        group: None,
        fixed: &[],
        fields: &[("name", "name"), ("path", "key"), ("data", "data"), ("type", "type")],
    },
    Query {
        table: "prefetch",
        type_id: 18,
        type_name: "Prefetch",
        object: "file",
        is_list: false,
        group: None,
        fixed: &[("type_id", REGULAR_FILE)],
        fields: &[("name", "executable")],
    },
];

fn object(query: &Query, view: View<'_>, row: usize) -> Value {
    let mut object = Map::new();
    for (path, number) in query.fixed {
        put(&mut object, path, (*number).into());
    }
    if let Some(kind) = view.text("entry_type", row) {
        let type_id = if kind == "DIR" { FOLDER } else { LINK };
        object.insert("type_id".to_owned(), type_id.into());
    }
    for (path, column) in query.fields {
        match value(view, column, row) {
            // Ids are texts, but for a process's.
            Some(Value::Number(number)) if *path == "uid" => {
                put(&mut object, path, number.to_string().into());
            }
            Some(value) => put(&mut object, path, value),
            None => {}
        }
    }
    Value::Object(object)
}

/// Puts a value where there is none.
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        Some((outer, inner)) => {
            let own = object.entry(outer.to_owned()).or_insert_with(|| json!({}));
            if let Some(own) = own.as_object_mut() {
                put(own, inner, value);
            }
        }
        None => {
            object.entry(path.to_owned()).or_insert(value);
        }
    }
}

/// Types of the object `file`.
const REGULAR_FILE: u8 = 1;
const FOLDER: u8 = 2;
const LINK: u8 = 7;

/// Times are milliseconds since 1970, as OCSF has them.
fn value(view: View<'_>, column: &str, row: usize) -> Option<Value> {
    view.text(column, row)
        .map(Value::from)
        .or_else(|| view.int(column, row).map(Value::from))
        .or_else(|| view.time(column, row).map(|micros| Value::from(micros.div_euclid(1_000))))
        .or_else(|| view.bool(column, row).map(Value::from))
}
