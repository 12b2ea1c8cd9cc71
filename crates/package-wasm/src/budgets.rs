//! How much a package may cost, from JSON.

use mde_forensics_package::Budgets;
use serde_json::{Map, Value};
use wasm_bindgen::JsValue;

use crate::convert::{Thrown, fault, parsed};

/// The budgets with those that are given, whose names TypeScript has checked.
pub(crate) fn read(given: &str) -> Thrown<Budgets> {
    let given: Map<String, Value> = parsed("budgets", given)?;
    let mut budgets = Budgets::default();
    for (name, value) in &given {
        budgets = match name.as_str() {
            "depth" => budgets.with_depth(number(value, name)?),
            "entries" => budgets.with_entries(number(value, name)?),
            "findingsPerKind" => budgets.with_findings_per_kind(number(value, name)?),
            "heldBytes" => budgets.with_held_bytes(number(value, name)?),
            "lineBytes" => budgets.with_line_bytes(number(value, name)?),
            "nameBytes" => budgets.with_name_bytes(number(value, name)?),
            "packageRatioFromBytes" => budgets.with_package_ratio_from_bytes(number(value, name)?),
            "ratio" => budgets.with_ratio(number(value, name)?),
            "ratioFromBytes" => budgets.with_ratio_from_bytes(number(value, name)?),
            "rowRatio" => budgets.with_row_ratio(number(value, name)?),
            "tableBytes" => budgets.with_table_bytes(number(value, name)?),
            "tableRows" => budgets.with_table_rows(number(value, name)?),
            "timelineBytes" => budgets.with_timeline_bytes(number(value, name)?),
            "totalBytes" => budgets.with_total_bytes(number(value, name)?),
            other => return Err(refused(&format!("there is no budget `{other}`"))),
        };
    }
    Ok(budgets)
}

fn number<T: TryFrom<u64>>(value: &Value, name: &str) -> Thrown<T> {
    let number = value.as_u64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| refused(&format!("the budget `{name}` cannot be so much, or less than 0")))
}

fn refused(message: &str) -> JsValue {
    fault("invalid_option", message)
}
