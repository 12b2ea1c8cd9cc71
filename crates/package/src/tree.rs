//! The processes of a package as a tree.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{Error, Issue, Package, Source, artifact::processes::PROCESSES, table::View};

/// One process in a tree.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct ProcessNode {
    /// Its depth; 0 for a root.
    pub depth: u32,
    /// Its process id; `None` if its row could not be read, which is then in [`raw`](Self::raw).
    pub process_id: Option<i64>,
    /// Its parent's process id, as in the list.
    pub parent_process_id: Option<i64>,
    /// Its name.
    pub name: String,
    /// Its command line, if the list has it.
    pub command_line: Option<String>,
    /// When it was started, in microseconds since 1970 UTC.
    pub created: Option<i64>,
    /// What is known about its parent.
    pub parent: Parent,
    /// Its line in the list, counted from 1.
    pub line: Option<i64>,
    /// The text of a row without a process id; `None` for other rows.
    pub raw: Option<String>,
}

/// The process tree of a host.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct ProcessTree {
    /// The processes, each after its parent. Rows without a process id come last, as roots.
    pub nodes: Vec<ProcessNode>,
    /// What was noticed while reading the list.
    pub issues: Vec<Issue>,
    /// Whether processes are missing: the list is absent, emptied or damaged, or a budget ran out.
    pub is_partial: bool,
}

/// What is known about a process's parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ProcessParent"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Parent {
    /// It is in the list and started earlier.
    Found,
    /// No process in the list has its id: it has ended.
    Gone,
    /// The process has none.
    None,
    /// The process that now has this id started later, so the id was reused.
    Reused,
}

impl<S: Source> Package<S> {
    /// The processes in tree order: each after its parent, siblings from the oldest to the newest.
    ///
    /// A process that started after another is never its parent, because process ids are reused.
    /// The list is limited by `table_bytes`, like any table in memory.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub fn process_tree(&self) -> Result<ProcessTree, Error> {
        let mut nodes = Vec::new();
        let limit = self.context().budgets.table_bytes;
        let ran = self.run(&[&PROCESSES], limit, &mut |_, batch| {
            let view = View(&batch);
            for row in 0..batch.num_rows() {
                let process_id = view.int("process_id", row);
                let raw = view.text("raw", row).filter(|_| process_id.is_none());
                nodes.push(ProcessNode {
                    depth: 0,
                    process_id,
                    parent_process_id: view.int("parent_process_id", row),
                    name: view.text("name", row).unwrap_or_default().to_owned(),
                    command_line: view.text("command_line", row).map(str::to_owned),
                    created: view.time("created_utc", row),
                    parent: Parent::None,
                    line: view.int("line", row),
                    raw: raw.map(str::to_owned),
                });
            }
            Ok(())
        })?;
        let is_partial = ran.tallies.values().any(|tally| tally.is_partial);
        Ok(ProcessTree { nodes: arrange(nodes), issues: ran.issues, is_partial })
    }
}

fn arrange(mut nodes: Vec<ProcessNode>) -> Vec<ProcessNode> {
    // What has no id has no time either, and would else come first.
    nodes.sort_by_key(|node| (node.process_id.is_none(), node.created, node.line));
    let mut by_id: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        if let Some(id) = node.process_id {
            by_id.entry(id).or_default().push(index);
        }
    }
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut roots = Vec::new();
    let parents: Vec<_> =
        nodes.iter().enumerate().map(|(index, node)| parent(index, node, &nodes, &by_id)).collect();
    for (index, (parent, kind)) in parents.into_iter().enumerate() {
        match parent {
            Some(parent) => children.entry(parent).or_default().push(index),
            None => roots.push(index),
        }
        if let Some(node) = nodes.get_mut(index) {
            node.parent = kind;
        }
    }
    let mut order = Vec::with_capacity(nodes.len());
    let mut seen = BTreeSet::new();
    // Processes that would be their own ancestors hang below no root: they come last, as roots.
    for root in roots.into_iter().chain(0..nodes.len()) {
        let mut stack = vec![(root, 0)];
        while let Some((index, depth)) = stack.pop() {
            if !seen.insert(index) {
                continue;
            }
            order.push((index, depth));
            let below = children.get(&index).map(Vec::as_slice).unwrap_or_default();
            stack.extend(below.iter().rev().map(|child| (*child, depth + 1)));
        }
    }
    let mut kept: Vec<_> = nodes.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|(index, depth)| {
            let node = kept.get_mut(index)?.take()?;
            Some(ProcessNode { depth, ..node })
        })
        .collect()
}

fn parent(
    index: usize,
    node: &ProcessNode,
    nodes: &[ProcessNode],
    by_id: &BTreeMap<i64, Vec<usize>>,
) -> (Option<usize>, Parent) {
    let is_own = node.process_id == Some(0);
    let Some(id) = node.parent_process_id.filter(|id| *id != 0 || !is_own) else {
        return (None, Parent::None);
    };
    let candidates = by_id.get(&id).map(Vec::as_slice).unwrap_or_default();
    // The clock is set while the kernel starts: its first children seem older than System itself.
    let is_kernel = matches!(id, 0 | 4);
    let is_older = |other: &ProcessNode| match (other.created, node.created) {
        _ if is_kernel => true,
        (Some(other), Some(own)) => other <= own,
        _ => true,
    };
    // The last of them that was there when the process was started. They are in the order of their starts, and those
    // that have none come first.
    let older = candidates.partition_point(|own| nodes.get(*own).is_some_and(is_older));
    let older = candidates.get(..older).unwrap_or_default();
    let found = older.iter().rev().copied().find(|own| *own != index);
    match found {
        Some(found) => (Some(found), Parent::Found),
        None if candidates.iter().any(|own| *own != index) => (None, Parent::Reused),
        None if id == 0 => (None, Parent::None),
        None => (None, Parent::Gone),
    }
}

#[cfg(test)]
mod tests {
    use super::{Parent, ProcessNode, arrange};

    fn node(process_id: i64, parent: i64, created: i64) -> ProcessNode {
        ProcessNode {
            depth: 0,
            process_id: Some(process_id),
            parent_process_id: Some(parent),
            name: String::new(),
            command_line: None,
            created: Some(created),
            parent: Parent::None,
            line: None,
            raw: None,
        }
    }

    fn shape(nodes: Vec<ProcessNode>) -> Vec<(i64, u32, Parent)> {
        let arranged = arrange(nodes).into_iter();
        arranged.map(|node| (node.process_id.unwrap(), node.depth, node.parent)).collect()
    }

    #[test]
    fn an_id_that_was_used_again_is_no_parent() {
        let found = shape(vec![
            node(0, 0, 0),
            node(4, 0, 0),
            node(10, 4, 5),
            node(20, 30, 6),
            node(30, 4, 9),
            node(40, 99, 9),
        ]);
        assert_eq!(
            found,
            [
                (0, 0, Parent::None),
                (4, 1, Parent::Found),
                (10, 2, Parent::Found),
                (30, 2, Parent::Found),
                (20, 0, Parent::Reused),
                (40, 0, Parent::Gone),
            ]
        );
    }

    #[test]
    fn loops_come_to_an_end() {
        let found = shape(vec![node(1, 2, 5), node(2, 1, 5), node(3, 3, 5)]);
        assert_eq!(found.len(), 3);
    }
}
