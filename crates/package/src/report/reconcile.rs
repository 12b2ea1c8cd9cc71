use super::watch::Watch;
use crate::{
    Error, Issue, IssueKind, Package, Source, TableSchema,
    package::{Entry, Input},
};

impl<S: Source> Package<S> {
    /// Counts a second, independent way, and notes what differs.
    pub(super) fn reconcile(
        &self,
        wanted: &[&'static TableSchema],
        watch: &Watch,
        issues: &mut Vec<Issue>,
    ) -> Result<(), Error> {
        for entry in self.entries() {
            let Some(rule) = RULES.iter().find(|rule| rule.file == entry.key.file()) else {
                continue;
            };
            if wanted.iter().all(|table| table.name != rule.table) {
                continue;
            }
            let counted = match self.input(entry).and_then(|input| count(input, rule.counts)) {
                Ok(counted) => counted,
                // The damage has been noted already.
                Err(error) if error.is_of_the_member() => continue,
                Err(error) => return Err(error),
            };
            let rows = watch.by_member.get(&(rule.table, entry.path.clone())).copied().unwrap_or(0);
            let counted = counted / rule.per_row;
            if rows != counted {
                issues.push(mismatch(
                    entry,
                    format!(
                        "`{}` has {rows} rows of it, and {counted} {} were counted in its text",
                        rule.table, rule.what
                    ),
                ));
            }
        }
        start_modes(watch, issues);
        self.prefetch(watch, issues);
        Ok(())
    }

    /// Robocopy says how many prefetch files it copied, and whether it failed with any.
    fn prefetch(&self, watch: &Watch, issues: &mut Vec<Issue>) {
        let Some([_, copied, _, _, failed, _]) = watch.copied else { return };
        let there = self
            .entries()
            .iter()
            .filter(|entry| {
                entry.key.folder() == "prefetch" && entry.key.file() != "prefetchfileslist.txt"
            })
            .count() as u64;
        let mut note = |message: String| {
            issues.push(Issue {
                kind: IssueKind::CountMismatch,
                member: None,
                line: None,
                message,
            });
        };
        if let Some(copied) = copied.filter(|copied| *copied != there) {
            note(format!("robocopy copied {copied} prefetch files, and the package has {there}"));
        }
        if let Some(failed) = failed.filter(|failed| *failed > 0) {
            note(format!("robocopy failed with {failed} prefetch files"));
        }
    }
}

/// The start mode of a service is known twice: `Services.csv` has it, and the registry.
fn start_modes(watch: &Watch, issues: &mut Vec<Issue>) {
    const MODES: [&str; 5] = ["Boot", "System", "Auto", "Manual", "Disabled"];
    if watch.starts.is_empty() {
        return;
    }
    let differ: Vec<_> = watch
        .modes
        .iter()
        .filter_map(|(name, mode)| {
            let start = usize::try_from(*watch.starts.get(name)?).ok();
            let expected = start.and_then(|start| MODES.get(start)).copied();
            (expected != Some(mode.as_str())).then_some(name.as_str())
        })
        .collect();
    if !differ.is_empty() {
        let names =
            crate::name::safe(&differ.iter().take(5).copied().collect::<Vec<_>>().join(", "), 200);
        issues.push(Issue {
            kind: IssueKind::CountMismatch,
            member: None,
            line: None,
            message: format!(
                "the start mode of {} services is another in the registry: {names}",
                differ.len()
            ),
        });
    }
}

fn mismatch(entry: &Entry, message: String) -> Issue {
    Issue { kind: IssueKind::CountMismatch, member: Some(entry.path.clone()), line: None, message }
}

/// What is counted in a member's lines.
fn count(input: Input<'_>, counts: fn(&str) -> u64) -> Result<u64, Error> {
    let mut lines = input.lines()?;
    let mut counted = 0;
    while let Some(line) = lines.next()? {
        counted += counts(line.text);
    }
    Ok(counted)
}

/// How rows of a table are counted in the text of their member, without parsing it.
struct Rule {
    file: &'static str,
    table: &'static str,
    what: &'static str,
    counts: fn(&str) -> u64,
    /// How many of what is counted one row has.
    per_row: u64,
}

const RULES: &[Rule] = &[
    Rule {
        file: "processes.csv",
        table: "processes",
        what: "process records",
        counts: |line| line.matches(",\"Win32_Process\",").count() as u64,
        per_row: 1,
    },
    Rule {
        file: "services.csv",
        table: "services",
        what: "service records",
        counts: |line| {
            u64::from(line.contains("Win32_Service") && line.contains("Win32_ComputerSystem"))
        },
        per_row: 1,
    },
    Rule {
        file: "scheduledtasks.csv",
        table: "scheduled_tasks",
        what: "paths of tasks",
        counts: |line| u64::from(line.starts_with('"') && line.contains("\",\"\\")),
        per_row: 1,
    },
    Rule {
        file: "forensicscollectionsummary.csv",
        table: "commands",
        what: "times in brackets",
        counts: |line| u64::from(line.starts_with("[2")),
        per_row: 1,
    },
    Rule {
        file: "autoruns.txt",
        table: "registry_values",
        what: "value types",
        counts: |line| u64::from(line.starts_with("    ") && line.contains("    REG_")),
        per_row: 1,
    },
    Rule {
        file: "activenetconnections.txt",
        table: "net_sockets",
        what: "lines of TCP and UDP",
        counts: |line| {
            let word = line.trim_start();
            u64::from(word.starts_with("TCP ") || word.starts_with("UDP "))
        },
        per_row: 1,
    },
    Rule {
        file: "arp.txt",
        table: "arp",
        what: "physical addresses",
        counts: |line| u64::from(line.matches('-').count() == 5),
        per_row: 1,
    },
    Rule {
        file: "localgroups.txt",
        table: "groups",
        what: "echoed commands",
        counts: |line| {
            u64::from(
                line.contains(">net ") && line.contains(" localgroup ")
                    || line.contains(">net localgroup "),
            )
        },
        per_row: 1,
    },
];
