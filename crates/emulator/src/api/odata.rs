//! The part of OData that the service supports: `$filter`, `$top`, `$skip`, `$count`, `$orderby`.

mod filter;
mod lexer;
mod page;
mod query;
mod row;

pub(super) use page::page;
pub(super) use query::Query;
pub(super) use row::{ACTIONS, MACHINES};
