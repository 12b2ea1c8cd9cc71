//! The options of a query, beside the filter.

use std::collections::BTreeSet;

use super::filter::Filter;
use super::row::Field;
use crate::api::Refusal;
use crate::exchange::Call;

/// The options of a query.
#[derive(Debug)]
pub(crate) struct Query {
    pub(super) filter: Option<Filter>,
    pub(super) top: Option<usize>,
    pub(super) skip: usize,
    pub(super) count: bool,
    /// Fields, and whether the greatest comes first.
    pub(super) order: Vec<(&'static Field, bool)>,
    /// What a link to the next page has to repeat.
    pub(super) repeat: Vec<(String, String)>,
}

impl Query {
    /// Fails for what is not OData, or names what cannot be asked for.
    pub(crate) fn read(call: &Call<'_>, fields: &'static [Field]) -> Result<Self, Refusal> {
        let unreadable = || Refusal::new(400, "BadRequest", "The query cannot be read");
        let pairs = call.inbound.query_pairs().ok_or_else(unreadable)?;
        let mut query = Self {
            filter: None,
            top: None,
            skip: 0,
            count: false,
            order: Vec::new(),
            repeat: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for (name, value) in pairs {
            // OData 4.01, URL Conventions, 5.1.
            if name.starts_with('$') && !seen.insert(name.clone()) {
                return Err(Refusal::odata(format!(
                    "Query option '{name}' was specified more than once, but it must be specified at most once."
                )));
            }
            query.take(&name, &value, fields).map_err(Refusal::odata)?;
            if !matches!(name.as_str(), "$skip" | "$top") {
                query.repeat.push((name, value));
            }
        }
        Ok(query)
    }

    /// What `field` must be, where the filter says so.
    pub(crate) fn exact(&self, field: &str) -> Option<&str> {
        self.filter.as_ref()?.exact(field)
    }

    fn take(&mut self, name: &str, value: &str, fields: &'static [Field]) -> Result<(), String> {
        match name {
            "$filter" => self.filter = Some(Filter::parse(value, fields)?),
            "$top" => {
                let top = number(name, value)?;
                if top > MOST {
                    return Err(format!("The limit of '{MOST}' for $top was exceeded"));
                }
                self.top = Some(top);
            }
            "$skip" => self.skip = number(name, value)?,
            "$count" => {
                self.count =
                    value.parse().map_err(|_| format!("Invalid value '{value}' for $count"))?;
            }
            "$orderby" => self.order = order(value, fields)?,
            other if other.starts_with('$') => {
                return Err(format!("The query option '{other}' is not supported"));
            }
            _ => {}
        }
        Ok(())
    }
}

fn number(name: &str, value: &str) -> Result<usize, String> {
    value.parse().map_err(|_| format!("Invalid value '{value}' for {name}"))
}

fn order(text: &str, fields: &'static [Field]) -> Result<Vec<(&'static Field, bool)>, String> {
    let mut seen = BTreeSet::new();
    text.split(',')
        .map(|part| {
            let mut words = part.split_whitespace();
            let name = words.next().unwrap_or_default();
            let field = fields
                .iter()
                .find(|field| field.name == name)
                .ok_or_else(|| format!("Could not find a property named '{name}' to order by"))?;
            if !seen.insert(name) {
                return Err(format!(
                    "Duplicate property named '{name}' is not supported in '$orderby'."
                ));
            }
            match (words.next(), words.next()) {
                (None | Some("asc"), None) => Ok((field, false)),
                (Some("desc"), None) => Ok((field, true)),
                _ => Err(format!("Syntax error in $orderby at '{part}'")),
            }
        })
        .collect()
}

/// Rows in one answer (Microsoft Learn, "List machines API").
pub(super) const MOST: usize = 10_000;
