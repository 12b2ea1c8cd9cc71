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
        let used: Vec<_> = query.fields.iter().map(|(_, column)| *column).collect();
        let schema = batch.schema();
        let unmapped: Map<_, _> = schema
            .fields()
            .iter()
            .filter(|field| !used.contains(&field.name().as_str()) && field.name() != "raw")
            .filter_map(|field| Some((field.name().clone(), value(view, field.name(), row)?)))
            .collect();
        let event = json!({
            "activity_id": 1,
            "category_uid": 5,
            "class_uid": 5040,
            "type_uid": 504_001,
            "severity_id": 1,
            "time": collected,
            "device": { "hostname": view.text("device", row), "type_id": 0 },
            "metadata": {
                "version": "1.5.0",
                "product": { "name": "mde-forensics", "vendor_name": "mde-forensics" },
                "correlation_uid": view.text("package_id", row),
            },
            "query_evidence": evidence,
            "raw_data": view.text("raw", row),
            "unmapped": unmapped,
        });
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
    /// What the object must have and no column says: 0 is unknown, and a file is a regular one.
    fixed: &'static [(&'static str, u8)],
    /// Paths in the object, with dots, and columns.
    fields: &'static [(&'static str, &'static str)],
}

const QUERIES: &[Query] = &[
    Query {
        table: "temp_files",
        type_id: 2,
        type_name: "File",
        object: "file",
        is_list: false,
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
        fixed: &[],
        fields: &[("name", "account"), ("domain", "domain")],
    },
    Query {
        table: "scheduled_tasks",
        type_id: 5,
        type_name: "Job",
        object: "job",
        is_list: false,
        fixed: &[],
        fields: &[
            ("name", "task_name"),
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
        fixed: &[("direction_id", 0)],
        fields: &[("protocol_name", "protocol")],
    },
    Query {
        table: "net_adapters",
        type_id: 8,
        type_name: "Network Interfaces",
        object: "network_interfaces",
        is_list: true,
        fixed: &[],
        fields: &[("name", "adapter"), ("mac", "physical_address"), ("ip", "ipv4_addresses")],
    },
    Query {
        table: "processes",
        type_id: 10,
        type_name: "Process",
        object: "process",
        is_list: false,
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
        fixed: &[],
        fields: &[
            ("name", "name"),
            ("desc", "description"),
            ("cmd_line", "path_name"),
            ("run_state", "state"),
            ("start_type", "start_mode"),
        ],
    },
    Query {
        table: "sessions",
        type_id: 12,
        type_name: "Session",
        object: "session",
        is_list: false,
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
        fixed: &[("start_type_id", 0)],
        fields: &[("name", "entry"), ("type", "category")],
    },
    Query {
        table: "registry_values",
        type_id: 17,
        type_name: "Registry Value",
        object: "reg_value",
        is_list: false,
        fixed: &[],
        fields: &[("name", "name"), ("path", "key"), ("data", "data"), ("type", "type")],
    },
    Query {
        table: "prefetch",
        type_id: 18,
        type_name: "Prefetch",
        object: "file",
        is_list: false,
        fixed: &[("type_id", REGULAR_FILE)],
        fields: &[("name", "executable")],
    },
];

fn object(query: &Query, view: View<'_>, row: usize) -> Value {
    let mut object = Map::new();
    for (name, number) in query.fixed {
        object.insert((*name).to_owned(), (*number).into());
    }
    if let Some(kind) = view.text("entry_type", row) {
        let type_id = if kind == "DIR" { FOLDER } else { LINK };
        object.insert("type_id".to_owned(), type_id.into());
    }
    for (path, column) in query.fields {
        let Some(value) = value(view, column, row) else { continue };
        match path.split_once('.') {
            Some((outer, inner)) => {
                let own = object.entry(outer.to_owned()).or_insert_with(|| json!({}));
                if let Some(own) = own.as_object_mut() {
                    own.insert(inner.to_owned(), value);
                }
            }
            None => {
                object.insert((*path).to_owned(), value);
            }
        }
    }
    Value::Object(object)
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
