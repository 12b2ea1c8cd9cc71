//! The serialized types of this crate as TypeScript declarations, for the npm package.

use ts_rs::{Config, TS};

use crate::{
    About, Collection, Coverage, CoverageStatus, DateOrderSource, Extract, Finding, Hit, Indicator,
    IndicatorKind, Issue, IssueKind, Kind, NotCompared, NotSearched, Parent, ProcessNode,
    ProcessTree, Report, Search, Severity, TableCount,
};

/// The declaration of a type, with its documentation.
#[must_use]
pub fn declaration<T: TS>() -> String {
    // What is counted here stays below 2^53.
    let config = Config::new().with_large_int("number");
    format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&config))
}

/// The declarations of this crate's types.
#[must_use]
pub fn declarations() -> Vec<String> {
    vec![
        declaration::<About<'_>>(),
        declaration::<Collection>(),
        declaration::<Coverage>(),
        declaration::<CoverageStatus>(),
        declaration::<DateOrderSource>(),
        declaration::<Extract>(),
        declaration::<Finding>(),
        declaration::<Hit>(),
        declaration::<Indicator>(),
        declaration::<IndicatorKind>(),
        declaration::<Issue>(),
        declaration::<IssueKind>(),
        declaration::<Kind>(),
        declaration::<NotCompared>(),
        declaration::<NotSearched>(),
        declaration::<Parent>(),
        declaration::<ProcessNode>(),
        declaration::<ProcessTree>(),
        declaration::<Report>(),
        declaration::<Search>(),
        declaration::<Severity>(),
        declaration::<TableCount>(),
    ]
}
